"""What scripts write into packets, and read from them."""

from .row import Part, row

_W = "test_scripting_option_values.WritingTests"
_R = "test_scripting_option_reading.ReadingTests"
_F = "test_scripting_option_reading.FieldTests"
_P = "test_scripting_packet"
_S = "test_scripting_packet_replies.SelectionTests"
_READ = f"{_R}.test_each_type_gives_its_kind_of_value"
_WRONG = "what is of another kind is ValueError, naming option and form"

_PACKET = Part(
    "DHCPPacket",
    (
        row("`DHCPPacket()` is empty.", f"{_P}.ParsingTests.test_of_nothing_an_empty_packet_is_made"),
        row(
            "`DHCPPacket(data)`: ValueError without a cookie; zeros between header and cookie are passed over.",
            f"{_P}.ParsingTests.test_what_has_no_cookie_is_no_packet",
            f"{_P}.ParsingTests.test_zeros_may_stand_between_header_and_cookie",
        ),
        row(
            "Pads are passed over, 255 ends, instances of a code are one value, a cut one is kept.",
            f"{_P}.ParsingTests.test_what_follows_the_end_is_no_option_and_pads_are_none",
            f"{_P}.ParsingTests.test_instances_of_an_option_are_one_value",
            f"{_P}.ParsingTests.test_a_last_value_that_is_cut_keeps_what_is_there",
        ),
        row(
            "Codes without a type are dropped, those from 224 on kept.",
            f"{_P}.ParsingTests.test_options_without_a_type_and_of_sites_are_kept",
            differs="all are kept",
        ),
        row(
            "`getOption`, `isOption` and `deleteOption` take a code from 1 to 254, or a name; else LookupError.",
            f"{_P}.OptionTests.test_options_go_by_code_and_by_name",
            f"{_P}.OptionTests.test_what_is_no_option_raises_lookup_error",
        ),
        row(
            "`isOption` of a field.",
            f"{_P}.FieldTests.test_every_field_is_set_sent_read_and_cleared",
            differs="tells whether it is set; there LookupError",
        ),
        row(
            "A list that `getOption` gives is the packet's own.",
            f"{_P}.OptionTests.test_a_value_is_live_until_it_is_set_anew",
            f"{_P}.OptionTests.test_what_is_changed_in_a_live_value_counts_everywhere",
        ),
        row("That of a field is not.", f"{_P}.FieldTests.test_what_is_read_of_a_field_is_not_live"),
        row(
            "`setOption` raises what is wrong.",
            f"{_P}.OptionTests.test_a_value_that_does_not_fit_raises_value_error_unless_nobody_looks",
            f"{_P}.OptionTests.test_setting_says_that_it_was_done",
            differs="and returns True, as examples of the guide and files of version 1 want",
        ),
        row(
            "`copy()` has everything and goes its own way.",
            f"{_P}.CopyTests.test_a_copy_holds_everything_and_goes_its_own_way",
            differs="lists are not shared",
        ),
        row(
            "`getHardwareAddress`, `setHardwareAddress`.",
            f"{_P}.FieldTests.test_the_hardware_address_takes_every_form",
            f"{_P}.FieldTests.test_the_hardware_address_has_six_octets_whatever_its_length_is_said_to_be",
            differs="a MAC is taken too, and no length is a fault",
        ),
        row("`getFlag`, `setFlag`.", f"{_P}.FieldTests.test_flags_tell_whether_they_changed"),
        row(
            "`extractIPOrNone`: None for none and for zeros; ValueError for too few octets.",
            f"{_P}.OptionTests.test_an_address_is_taken_from_options_and_fields",
        ),
        row(
            "`getSelectedOptions`, `setSelectedOptions`, `isSelectedOption`.",
            f"{_S}.test_a_request_is_selected_from_by_its_list",
            f"{_S}.test_from_everything_what_is_added_is_sent_alone",
            f"{_S}.test_what_is_removed_is_not_sent_and_the_rest_is",
            f"{_S}.test_a_selection_that_is_taken_back_is_everything",
            f"{_S}.test_names_of_what_is_sent_name_options",
            differs="removing from everything keeps these back and nothing else, and all three say the same",
        ),
        row(
            "`isDHCP...Packet`, `getDHCPMessageTypeName`.",
            f"{_P}.KindTests.test_every_message_type_has_its_question_and_its_name",
            f"{_P}.KindTests.test_without_a_message_type_a_packet_is_none_of_them",
        ),
        row(
            "`word_align`, `word_size`, `terminal_pad`.",
            f"{_P}.EncodingTests.test_words_are_aligned_and_the_packet_ends_with_one",
            differs="work; there they raised",
        ),
        row(
            "`str(packet)` has a line for each field and option.",
            f"{_P}.EncodingTests.test_as_text_every_field_and_option_has_its_line",
            "test_scripting_packet_text.DescribeTests.test_fields_and_options_have_a_line_each",
            differs="of every packet; there some raised",
        ),
        row(
            "`isRequestedOption`, `getRequestedOptions`, `forceOption`, `isDHCPPacket`, `extractPXEOptions`, "
            "`extractVendorOptions`, `transformToDHCPNackPacket` of version 1.",
            f"{_S}.test_what_the_client_asked_for_can_be_asked_all_along",
            f"{_P}.OptionTests.test_force_option_takes_what_is_given_and_sends_it",
            f"{_P}.OptionTests.test_what_clients_tell_of_themselves_comes_in_the_forms_of_older_scripts",
            differs="are there; version 3 has none of them",
        ),
    ),
)
_WRITTEN = Part(
    "Values of options",
    (
        row(
            "A list of nothing but numbers from 0 to 255 is octets, whatever the option's type; tuples and arrays are "
            "lists.",
            f"{_W}.test_octets",
            f"{_W}.test_text",
            f"{_W}.test_options_with_a_form_of_their_own",
        ),
        row(
            "An object of `dhcp_types.rfc` is its octets.",
            f"{_W}.test_objects_are_taken_by_every_option_that_has_room_for_them",
        ),
        row(
            "Each option that can be written is read by its receiver.",
            f"{_P}.RoundTripTests.test_what_is_set_is_read_by_who_receives_it",
            f"{_P}.RoundTripTests.test_that_is_every_option",
        ),
        row(
            "ipv4: text, IPv4, number, bytes that are text, four octets; read as IPv4.",
            f"{_W}.test_one_address",
            _READ,
            differs="four octets may be bytes too",
        ),
        row(
            "ipv4+ and ipv4*: text or bytes with commas, a list of addresses in any form, octets; "
            "read as a list of IPv4, "
            "without what remains.",
            f"{_W}.test_addresses",
            _READ,
            differs="an IPv4 alone is one address; there it became four",
        ),
        row(
            "byte: a number, or a list of one; read as a number.",
            f"{_W}.test_numbers",
            _READ,
            differs="over 255 is ValueError at once; there the packet could not be sent",
        ),
        row(
            "byte+: lists, tuples, bytes; read as a list.",
            f"{_W}.test_octets",
            f"{_R}.test_lists_of_octets",
        ),
        row(
            "string: text in UTF-8, bytes, lists; read as bytes.",
            f"{_W}.test_text",
            f"{_R}.test_text_is_bytes_and_text",
            differs="bytes that can be handled as text too, as the guide has it",
        ),
        row(
            "bool: `[0]` and `[1]`.",
            f"{_W}.test_true_and_false",
            _READ,
            differs="True, False, 1 and 0 too, and read as what it is; there all were True",
        ),
        row(
            "16-bits and 32-bits: a number, negative too, or octets; read as a number without a sign.",
            f"{_W}.test_numbers",
            _READ,
            differs="one that does not fit is ValueError, where its lowest bits were sent",
        ),
        row(
            "16-bits and 32-bits: text and fractions are refused.",
            f"{_W}.test_numbers",
            differs=f"with ValueError; {_WRONG}",
        ),
        row(
            "16-bits+: a list of numbers, of which one is over 255; read as a list of numbers.",
            f"{_W}.test_lists_of_numbers",
            _READ,
            differs="a list of an odd count of small numbers is numbers too; there ValueError",
        ),
        row(
            "identifier (61): two octets or more, or numbers of 16 bits; read as these.",
            f"{_W}.test_client_identifiers",
            _READ,
        ),
        row("none (80): `[]` or None.", f"{_W}.test_no_value", _READ),
        row(
            "Options with a form of an RFC: an object of it, or a list of octets.",
            f"{_W}.test_options_with_a_form_of_their_own",
            differs="bytes, and what the object is made of, too",
        ),
        row(
            "Options with a form of an RFC, read with `convert=True`.",
            f"{_R}.test_names",
            f"{_R}.test_routes",
            f"{_R}.test_servers_with_more_than_an_address",
            differs="give names, routes and servers; there ValueError",
        ),
        row(
            "Options without a type, and 224 to 254.",
            f"{_W}.test_options_without_a_type",
            _READ,
            differs="take and give octets or text, some the form that an RFC gives them; there LookupError",
        ),
        row(
            "A failed attempt to set one changes how later packets are read.",
            "test_scripting_constants.OptionTableTests.test_asking_for_what_has_no_type_leaves_nothing_behind",
            differs="it changes nothing",
        ),
        row(
            "Lengths are checked by type, but for `validate=False`.",
            f"{_W}.test_sizes_are_not_checked_if_told_so_but_numbers_are",
            "test_scripting_constants.OtherTableTests.test_sizes_by_type",
            f"{_P}.OptionTests.test_a_value_that_does_not_fit_raises_value_error_unless_nobody_looks",
            differs="a fixed length too: a mask of three octets is ValueError",
        ),
        row(
            "82 is read as a dict of lists by sub-option.",
            f"{_R}.test_options_with_suboptions",
            f"{_P}.RoundTripTests.test_relay_agent_information_can_be_decoded_any_number_of_times",
            "test_scripting_rfc.DecoderTests.test_decoding_leaves_its_argument_as_it_is",
            differs="any number of times, from lists, tuples and bytes",
        ),
        row(
            "124 is read as a dict of lists by enterprise.",
            f"{_R}.test_options_with_suboptions",
            f"{_P}.RoundTripTests.test_vendor_options_can_be_decoded_any_number_of_times",
            differs="there NameError",
        ),
        row(
            "125 is read as a dict of dicts, by enterprise and sub-option.",
            f"{_R}.test_options_with_suboptions",
            f"{_P}.RoundTripTests.test_vendor_options_can_be_decoded_any_number_of_times",
            differs="there NameError",
        ),
        row(
            "An address that is cut is ValueError where it is read.",
            f"{_R}.test_an_address_that_is_cut_raises_and_names_its_option",
        ),
    ),
)
_FIELDS = Part(
    "Values of header fields",
    (
        row("Numbers: op, htype, hlen, hops, xid, secs, flags.", f"{_F}.test_numbers"),
        row(
            "Addresses: ciaddr, yiaddr, siaddr, giaddr; 0.0.0.0 is read as an IPv4, not as None.",
            f"{_F}.test_addresses",
            f"{_P}.FieldTests.test_fields_mean_numbers_addresses_and_text",
        ),
        row(
            "chaddr: six numbers.",
            f"{_F}.test_the_hardware_address",
            differs="a MAC in any form too, and read as one; there ValueError",
        ),
        row(
            "sname and file: up to 64 and 128 octets, filled up with zeros, which are read as well.",
            f"{_F}.test_text_is_filled_up_with_zeros",
        ),
        row("Any other length is ValueError.", f"{_P}.FieldTests.test_a_field_takes_its_own_length_alone"),
        row("`deleteOption` clears a field.", f"{_P}.FieldTests.test_every_field_is_set_sent_read_and_cleared"),
    ),
)
PARTS = (_PACKET, _WRITTEN, _FIELDS)
