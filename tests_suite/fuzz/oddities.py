"""What mutations put into a text: values that parsers have stumbled over, as JSON, YAML and text write them."""

from __future__ import annotations

from tests_suite.odd_texts import MARKS

# Times at the ends of the calendar, which cannot be told in every zone; days and clocks that do not exist.
TIMES = [
    *("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2026-01-06T09:00:00", "2026-02-30", "²") * 3,
    "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "2026-02-30", "2026-02-30T00:00:00Z", "2026-01-06T24:00:00Z", "2026-01-06T23:59:60Z", "2026-01-06T09:00:00",
    "2026-01-06", "20260106T090000Z", "2026-W01-1", "2026-01-06T09:00:00+24:00", "2026-01-06t09:00:00z",
    "1969-12-31T23:59:59Z", "0002-01-01T00:00:00+00:00", "9998-12-31T23:59:59-12:00", "2026-01-06T09:00:00.123456789Z",
    "2200-01-01T00:00:00+00:00", "1900-01-01T00:00:00+00:00", "2026-01-06T09:00:00+23:59:59", "-001-01-01", "25:61",
]  # fmt: skip
NUMBERS = [
    "0", "-0", "-1", "1", "-0.0", "0.1", "1e999", "-1e999", "1e308", "5e-324", "NaN", "Infinity", "-Infinity", "1E400",
    "9" * 25, "9" * 400, "-" + "9" * 400, "9" * 5000, "2147483648", "9223372036854775808", "-9223372036854775809",
    "1.7976931348623157e309", "0.30000000000000004", "1e22", "4294967296", "65536", "1000000000000000000000",
]  # fmt: skip
WORDS = [
    "", " ", "x", "X" * 300, "y" * 70_000, "²", "٣", "１２", "Ⅷ", "½", "é", "e\u0301", "ß", "İ", "ﬁ", "\u202e",
    "\u200b",
    "\ufeff", "\U0001f527", "\x00", "\x1b[2J", "\x7f", "\x85", "\u2028", "\r", "\n", "\r\n", "a\nb", "a\\", "'", '"',
    "../../etc/passwd", "/etc/passwd", "/dev/zero", "/proc/self/mem", "~", "~nobody/x", ".", "..", "/", "//", "CON",
    "*",
    "http://", "http://[", "http://[::1", "http://x:99999999/", "http://x:²/", "https://\u2100.example", "ftp://x",
    "http://a@b:c@d/", "file:///etc/passwd", "mailto:x", "//x", "http://127.0.0.1:9/x", "${HOME", "${}", "{{x}}", "{x}",
    "%s%n%x", "%", "%zz", "<script>", "&amp;", "&#0;", "::error::x", "[fill in]", "[x](y)", "$(id)", "`id`", "-",
    "--", "+",
    "+1", "+" + "1" * 300, "2.0.0", "v2.0.0", "2.0", "2", "1.0.0", "v²", "true", "null", "none", "None", "sha256:",
    "0" * 64,
    "F" * 64, "0" * 63, "UTC", "Europe/Paris", "Mars/Olympus", "../UTC", "GMT+99", "(" * 200, "a" * 40 + "!", "[" * 300,
]  # fmt: skip
DEEP = (60, 150, 990, 3000, 100_000)
JSON_VALUES = [
    "null", "true", "false", "[]", "{}", "[[]]", "[{}]", "[null]", '{"": null}', '{"a": 1, "a": 2}', '["x", "x"]',
    "[1, 2]",
    '"\\ud800"', '"\\u0000"', '"\\udfff\\ud800"', '[1, "x", null, {}]', '{"x": {"x": {"x": []}}}', "[true]", "[1e999]",
    *("[" * depth + "]" * depth for depth in DEEP), *('{"a":' * depth + "1" + "}" * depth for depth in DEEP),
    "[" + "1," * 20_000 + "1]",
]  # fmt: skip
YAML_VALUES = [
    "", "~", "null", "yes", "off", "[]", "{}", "[[]]", "{a: }", "{? a}", "{a: 1, a: 2}", "2026-13-06", "2026-01-06",
    "2026-01-06 09:00:00", "2026-01-06T09:00:00Z", "0001-01-01 00:00:00 +23:00", "9999-12-31 23:59:59 -23:00", ".inf",
    "-.inf", ".nan", "1_000", "0x_", "0x7f", "0o7", "0b1", "1:30:99", "190:20:30.15", "!!binary aGk=", "!!binary é",
    "!!set {a, b}", "!!omap [{a: 1}]", "!!pairs [a: 1, a: 2]", "!!str 5", "!!int x", "!!float ''", "!!bool x",
    "!!null x",
    "!!timestamp x", "!x y", "!!python/object/apply:os.getcwd []", "&a [*a]", "&a {b: *a}", "*nobody", "{<<: 5}",
    "{<<: {a: 1}}", "{<<: [{a: 1}, {a: 2}]}", "{? [a]: b}", "{1: a}", "{~: a}", "{2026-01-06: a}", "{1.5: a}",
    "{true: a}",
    "|\n  x\n  y", ">-\n  x", "'it''s'", '"\\ud800"', '"\\x00"', '"\\N"', "@x", "%x", "`x`", "- a", "? a\n: b",
    "a: b: c",
    *("[" * depth + "]" * depth for depth in DEEP), "[&a [x, x], " + ", ".join(["*a"] * 500) + "]",
    "[&a [1,1,1,1,1,1,1,1,1], &b [*a,*a,*a,*a,*a,*a,*a,*a,*a], &c [*b,*b,*b,*b,*b,*b,*b,*b,*b], "
    "&d [*c,*c,*c,*c,*c,*c,*c,*c,*c], &e [*d,*d,*d,*d,*d,*d,*d,*d,*d], [*e,*e,*e,*e,*e,*e,*e,*e,*e]]",
]  # fmt: skip
XML_PIECES = [
    "<!DOCTYPE a>", '<!DOCTYPE a [<!ENTITY b "c">]>', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>&b;',
    "&b;",
    '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;"><!ENTITY z "&y;&y;&y;&y;&y;&y;">]>', "&lt;",
    "&#0;",
    "&#xD800;", "&#x110000;", "<![CDATA[", "]]>", "<!--", "--", "-->", "<?xml version='1.0' encoding='utf-16'?>",
    "<a", "</a>",
    "<a/>", "<a:b/>", '<a xmlns="x"/>', ' a="1" a="2"', " a", "<" * 100, "<a>" * 3000, "<?php ?>", "\x01", "<agent>",
    "<item cmd='*x' workflow='../../x'/>", '<?xml version="1.1"?>', '<?xml version="1.0" encoding="x-none"?>',
]  # fmt: skip
TEXTS = [*MARKS, *TIMES, *NUMBERS, *WORDS, *XML_PIECES, *(text for text in YAML_VALUES if len(text) < 200)]
BYTES = [
    b"\x00", b"\xff", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
    b"\xe9",
    b"\r", b"\n", b"\r\n", b"\x00" * 512, b"\xff" * 16, b"\x1f\x8b", b"\x1f\x8b\x08\x00", b"\x7f\xff\xff\xff",
    b"\x80\x00\x00\x00",
    b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80", b"\x05\x00\x00\x00\x00", b"PK\x03\x04", b"BZh",
    b"\x00\x00\x00\x00\x00\x00\x00\x01",
]  # fmt: skip
