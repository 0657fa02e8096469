"""An authority of the tests' own, and what it vouches for."""

import atexit
import datetime
import functools
import shutil
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NOW = datetime.datetime.now(datetime.UTC)


class Certificates:
    """Paths of PEM files: an authority, a server named localhost, and a client."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="sdhcp-tls-"))
        self.folder.chmod(0o755)
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self._authority = self._issue("authority", None)
        self.authority = str(self.folder / "authority.pem")
        for name in ("server", "client"):
            self._issue(name, self._authority)
            setattr(self, f"{name}_certificate", str(self.folder / f"{name}.pem"))
            setattr(self, f"{name}_key", str(self.folder / f"{name}.key"))

    @classmethod
    @functools.cache
    def shared(cls):
        """The ones that all tests of a run use."""
        return cls()

    def _issue(self, name, issuer):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer[0] if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - datetime.timedelta(days=1))
            .not_valid_after(NOW + datetime.timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        )
        if issuer is not None:
            names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
            builder = builder.add_extension(names, critical=False)
        certificate = builder.sign(issuer[1] if issuer else key, hashes.SHA256())
        (self.folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        octets = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self.folder / f"{name}.key").write_bytes(octets)
        (self.folder / f"{name}.key").chmod(0o644)
        return subject, key
