"""Text of packets, in scripts that expect bytes and in those that expect str."""

import copy
import pickle

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.scripting.text import Text

OWN = Text(b"PXEClient:Arch:00007")


class ComparingTests(SynchronousTestCase):
    def test_equals_the_text_and_the_bytes(self):
        for same in ("PXEClient:Arch:00007", b"PXEClient:Arch:00007", bytearray(b"PXEClient:Arch:00007"), Text(OWN)):
            self.assertTrue(OWN == same and same == OWN)
            self.assertFalse(OWN != same or same != OWN)
        for other in ("PXEClient", b"PXEClient", None, 5, [], list(OWN)):
            self.assertTrue(OWN != other and other != OWN)
            self.assertFalse(OWN == other or other == OWN)

    def test_has_an_order_among_text_and_bytes(self):
        self.assertEqual(sorted([Text("c"), "b", Text("a")]), ["a", "b", "c"])
        self.assertTrue(OWN < "Q" and OWN <= "Q" and OWN > b"P" and OWN >= b"P" and "Q" > OWN)
        self.assertRaises(TypeError, lambda: OWN < 5)

    def test_is_found_in_a_dict_with_either_kind_of_keys(self):
        self.assertEqual({"PXEClient:Arch:00007": 1}[OWN], 1)
        self.assertEqual({b"PXEClient:Arch:00007": 1}[OWN], 1)
        self.assertEqual(({OWN: 1}["PXEClient:Arch:00007"], {OWN: 1}[b"PXEClient:Arch:00007"]), (1, 1))
        self.assertIn(OWN, ("a", "PXEClient:Arch:00007"))
        self.assertIn(OWN, {"a", "PXEClient:Arch:00007"})

    def test_beyond_ascii_keys_that_are_bytes_are_found(self):
        own = Text("zürich")
        self.assertEqual({"zürich".encode(): 1}[own], 1)
        self.assertEqual(own, "zürich")

    def test_contains_text_bytes_and_octets(self):
        for part in ("Arch", b"Arch", Text("Arch"), 0x41):
            self.assertIn(part, OWN)
        for part in ("arch", b"arch", 0):
            self.assertNotIn(part, OWN)


class ShowingTests(SynchronousTestCase):
    def test_is_shown_as_the_text_it_is(self):
        self.assertEqual(str(OWN), "PXEClient:Arch:00007")
        self.assertEqual(f"{OWN}|{Text('a'):>3}", "PXEClient:Arch:00007|  a")
        form = "{}"
        self.assertEqual((form.format(OWN), str.__mod__("%s", OWN)), (str(OWN), str(OWN)))
        self.assertEqual(repr(Text("a")), "b'a'")

    def test_what_is_no_text_is_replaced_where_it_is_shown_and_kept_elsewhere(self):
        own = Text(b"a\xff")
        self.assertEqual((str(own), bytes(own), len(own), list(own)), ("a\ufffd", b"a\xff", 2, [97, 255]))

    def test_fills_in_what_it_has_places_for(self):
        self.assertEqual(Text("%s-%d") % (Text("a"), 5), "a-5")
        self.assertEqual(Text("{}-{b}").format("a", b=5), "a-5")
        self.assertEqual(Text("{b}").format_map({"b": 5}), "5")

    def test_is_decoded_and_encoded(self):
        self.assertEqual((OWN.decode(), Text("ü").encode(), Text("ü").encode("latin-1")),
                         (str(OWN), "ü".encode(), b"\xfc"))  # fmt: skip
        self.assertIs(type(OWN.encode()), bytes)

    def test_survives_copying_and_pickling(self):
        for other in (copy.copy(OWN), copy.deepcopy(OWN), pickle.loads(pickle.dumps(OWN))):
            self.assertEqual((type(other), other), (Text, "PXEClient:Arch:00007"))


class MethodTests(SynchronousTestCase):
    def test_methods_take_text_and_bytes_alike(self):
        for convert in (str, str.encode, Text):
            for call, expected in (
                (lambda c: OWN.startswith(c("PXE")), True),
                (lambda c: OWN.startswith((c("a"), c("PXE"))), True),
                (lambda c: OWN.startswith(c("Arch"), 10), True),
                (lambda c: OWN.endswith(c("7")), True),
                (lambda c: OWN.find(c("Arch")), 10),
                (lambda c: OWN.rfind(c(":")), 14),
                (lambda c: OWN.find(c("none")), -1),
                (lambda c: OWN.index(c(":"), 10), 14),
                (lambda c: OWN.rindex(c(":")), 14),
                (lambda c: OWN.count(c(":")), 2),
                (lambda c: OWN.split(c(":")), ["PXEClient", "Arch", "00007"]),
                (lambda c: OWN.split(c(":"), 1), ["PXEClient", "Arch:00007"]),
                (lambda c: OWN.split(sep=c(":"), maxsplit=1), ["PXEClient", "Arch:00007"]),
                (lambda c: OWN.rsplit(c(":"), 1), ["PXEClient:Arch", "00007"]),
                (lambda c: OWN.partition(c(":")), ("PXEClient", ":", "Arch:00007")),
                (lambda c: OWN.rpartition(c(":")), ("PXEClient:Arch", ":", "00007")),
                (lambda c: OWN.replace(c("PXE"), c("Q")), "QClient:Arch:00007"),
                (lambda c: OWN.replace(c(":"), c(""), 1), "PXEClientArch:00007"),
                (lambda c: OWN.strip(c("P7")), "XEClient:Arch:0000"),
                (lambda c: OWN.lstrip(c("P")), "XEClient:Arch:00007"),
                (lambda c: OWN.rstrip(c("7")), "PXEClient:Arch:0000"),
                (lambda c: OWN.removeprefix(c("PXE")), "Client:Arch:00007"),
                (lambda c: OWN.removesuffix(c(":00007")), "PXEClient:Arch"),
                (lambda c: Text(",").join([c("a"), c("b")]), "a,b"),
                (lambda c: Text("a").center(3, c("-")), "-a-"),
                (lambda c: Text("a").ljust(2, c("-")), "a-"),
                (lambda c: Text("a").rjust(2, c("-")), "-a"),
                (lambda c: Text("a") + c("b"), "ab"),
                (lambda c: c("b") + Text("a"), "ba"),
            ):  # fmt: skip
                self.assertEqual(call(convert), expected)
        self.assertRaises(ValueError, OWN.index, "none")

    def test_methods_without_arguments(self):
        self.assertEqual(Text(" a b ").split(), ["a", "b"])
        self.assertEqual(
            (Text(" a ").strip(), Text("a\nb\n").splitlines(), Text("7").zfill(3)), ("a", ["a", "b"], "007")
        )
        self.assertEqual((Text("aB").upper(), Text("aB").lower(), Text("aB").swapcase()), ("AB", "ab", "Ab"))
        self.assertEqual((Text("a b").title(), Text("ab").capitalize(), Text("Ü").casefold()), ("A B", "Ab", "ü"))
        self.assertTrue(Text("1").isdigit() and Text("1").isdecimal() and Text("1").isnumeric() and Text("a").isalpha())
        self.assertTrue(Text("a1").isalnum() and Text("a").isidentifier() and Text("a").isprintable())
        self.assertFalse(Text("a\n").isprintable())
        self.assertEqual(
            (int(Text("42")), Text("a\tb").expandtabs(2), Text("a") * 2, 2 * Text("a")), (42, "a b", "aa", "aa")
        )

    def test_what_is_cut_out_of_it_is_such_text_again(self):
        parts = [
            *(
                OWN[:9],
                OWN[::2],
                *OWN.split(":"),
                *OWN.partition(b":"),
                OWN.upper(),
                OWN.strip(),
                OWN.replace("P", "Q"),
            ),
            *(OWN + "a", b"a" + OWN, "a" + OWN, OWN * 2, Text(",").join(["a"]), OWN % (), OWN.translate({80: "Q"})),
        ]
        self.assertEqual({type(part) for part in parts}, {Text})
        self.assertEqual(OWN[:9], "PXEClient")

    def test_a_single_index_gives_an_octet(self):
        self.assertEqual((OWN[0], OWN[-1], list(OWN[:2])), (0x50, 0x37, [0x50, 0x58]))

    def test_characters_are_replaced_by_a_table_of_either_kind(self):
        self.assertEqual(Text("abc").translate(bytes.maketrans(b"a", b"z")), "zbc")
        self.assertEqual(Text("abc").translate(None, "b"), "ac")
        self.assertEqual(Text("abc").translate(str.maketrans("a", "z")), "zbc")

    def test_from_whatever_bytes_are_made_of(self):
        self.assertEqual((Text(), Text([97, 98]), Text("ü", "latin-1"), Text("ab")), (b"", b"ab", b"\xfc", b"ab"))
