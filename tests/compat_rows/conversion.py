"""Addresses, hardware addresses, and functions that convert."""

from .row import Part, row

_A = "test_compat_addresses.AddressTests"
_H = "test_compat_addresses.HardwareAddressTests"
_N = "test_scripting_conversion.NumberTests"
_T = "test_scripting_conversion.TextTests"
_C = "test_scripting_conversion.AddressTests"
_NUMBERS = f"{_N}.test_octets_are_numbers"
_GROUPS = f"{_N}.test_a_remainder_that_is_no_whole_number_is_left_out"
_OCTETS = f"{_N}.test_numbers_are_octets_of_which_the_lowest_bits_count"
_ORDER = "there there was none, and a pool could not be sorted"

_IPV4 = Part(
    "IPv4",
    (
        row("From a number from 0 to 2³²−1; True is 1.", f"{_A}.test_what_is_given_beside_addresses"),
        row(
            "From text, with spaces around octets, zeros in front of them, and more octets than four.",
            f"{_A}.test_an_address_from_all_that_names_one",
        ),
        row("From bytes that are text; four octets as bytes are not.", f"{_A}.test_what_is_no_address"),
        row(
            "From four or more of what can be numbers, also a generator; those beyond four do not count.",
            f"{_A}.test_an_address_from_all_that_names_one",
            f"{_A}.test_what_is_given_beside_addresses",
        ),
        row("All else is ValueError.", f"{_A}.test_what_is_no_address", f"{_A}.test_what_is_given_beside_addresses"),
        row(
            "It equals text, numbers, sequences and four bytes that name it.",
            f"{_A}.test_an_address_is_compared_with_all_that_names_one",
        ),
        row("0.0.0.0 does not equal 0, nor None.", f"{_A}.test_what_names_no_address_is_unlike_every_address"),
        row(
            "Compared with what names no address.",
            f"{_A}.test_what_names_no_address_is_unlike_every_address",
            differs="it is unlike it; there ValueError or TypeError",
        ),
        row(
            "Its hash is that of the tuple of its octets, not of its text.",
            f"{_A}.test_an_address_is_a_key_beside_its_octets",
        ),
        row("It is indexed, cut and gone through as four numbers.", f"{_A}.test_an_address_is_cut_and_gone_through"),
        row("It cannot be changed.", f"{_A}.test_an_address_is_cut_and_gone_through"),
        row(
            "`bool`, `int`, `bytes`, `str` and `repr` (`IPv4(10.0.0.1)`).",
            f"{_A}.test_an_address_is_its_octets",
        ),
        row("Its length.", f"{_A}.test_an_address_is_its_octets", differs="is 4; there there was none"),
        row(
            "Its order.", f"{_A}.test_addresses_are_ordered_by_their_octets", differs=f"is that of its octets; {_ORDER}"
        ),
        row(
            "`isSubnetMember(address, prefix)`: a length from 0 to 32, else ValueError, or a mask.",
            f"{_A}.test_subnets",
            f"{_A}.test_subnets_are_given_in_any_form",
        ),
        row("`IPv4.parseSubnet`: address, and length or mask; ValueError without a slash.", f"{_A}.test_subnets"),
    ),
)
_MAC = Part(
    "MAC",
    (
        row("From a number from 0 to 2⁴⁸−1.", f"{_H}.test_from_all_that_names_one"),
        row(
            "From text with exactly twelve hexadecimal digits, whatever stands between them, in either case.",
            f"{_H}.test_text_has_twelve_digits_among_anything",
        ),
        row("From bytes that are text.", f"{_H}.test_text_has_twelve_digits_among_anything"),
        row("From exactly six numbers from 0 to 255.", f"{_H}.test_from_all_that_names_one"),
        row("All else is ValueError.", f"{_H}.test_from_all_that_names_one"),
        row(
            "It equals what names it.",
            f"{_H}.test_is_compared_with_all_that_names_one_and_unlike_everything_else",
            differs="and is unlike what names none; there ValueError",
        ),
        row("Its hash is that of the tuple of its octets.", f"{_H}.test_is_its_octets"),
        row("It is indexed and gone through; `bool`, `int` and `bytes`.", f"{_H}.test_is_its_octets"),
        row("`str` is in lower case with colons, `repr` is `MAC('...')`.", f"{_H}.test_from_all_that_names_one"),
        row("Its length and its order.", f"{_H}.test_has_an_order", differs=f"it has both; {_ORDER}"),
    ),
)
_CONVERSIONS = Part(
    "Conversions",
    (
        row("`listToNumber`: octets of any length.", _NUMBERS),
        row("`listToInt`: the first two octets; one alone is the number.", _NUMBERS),
        row("`listToLong`: the first four octets.", _NUMBERS),
        row("`listToInts`: two octets each; what remains is left out, as by the code.", _GROUPS),
        row("`listToLongs`: four octets each; what remains is left out.", _GROUPS),
        row("`intToList`: two octets, of the lowest bits.", _OCTETS),
        row("`longToList`: four octets, of the lowest bits.", _OCTETS),
        row("`intsToList`: two octets for each.", _OCTETS),
        row("`longsToList`: four octets for each.", _OCTETS),
        row(
            "`listToStr`: bytes.",
            f"{_T}.test_octets_are_text_and_bytes",
            "test_scripting_text.ComparingTests.test_equals_the_text_and_the_bytes",
            "test_scripting_text.MethodTests.test_methods_take_text_and_bytes_alike",
            differs="bytes that can be handled as text too, for files of every age",
        ),
        row("`strToList`: octets of text in UTF-8, of bytes, of a list.", f"{_T}.test_text_is_octets"),
        row("`strToPaddedList`: cut, or filled up with zeros.", f"{_T}.test_text_is_octets"),
        row("`listToIP`: an IPv4 from all that names one.", f"{_C}.test_one_address"),
        row("`listToIPs`: four octets each.", f"{_C}.test_several_addresses"),
        row("`ipToList`: four octets from all that names an address.", f"{_C}.test_one_address"),
        row(
            "`ipsToList`: octets of text or bytes with commas, or of a collection of addresses.",
            f"{_C}.test_several_addresses",
        ),
        row("`ipsToList`: empty text is ValueError.", f"{_C}.test_what_are_no_addresses"),
        row(
            "`ipsToList`: each number of a list is an address of 32 bits.",
            f"{_C}.test_an_address_alone_is_one_address_and_a_number_in_a_list_is_one_too",
        ),
    ),
)
PARTS = (_IPV4, _MAC, _CONVERSIONS)
