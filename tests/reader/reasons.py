"""The reasons why one decoder may refuse an input that the other reads, with our messages.

Upstream's own refusals begin with "upstream: ". The third is what the input must hold, where that matters.
"""

import re
from typing import NamedTuple


class Reason(NamedTuple):
    """A listed reason: its words, a pattern of the refusal, and a pattern of the input."""

    words: str
    refusal: str
    data: bytes = b""


REASONS = (
    Reason("an object needs a name", r"^this \w+ has no metadata\.name$"),
    Reason("an object needs an apiVersion, as the server demands", r"^there is no apiVersion$"),
    Reason("apiVersion is a string", r"^apiVersion must be a string"),
    Reason("a key that is there twice is refused", r'^the key ".*" appears twice'),
    Reason("two objects of one identity are refused", r" was read already, with other content, from "),
    Reason("upstream's current release has no type for PodSecurityPolicy", r"^PodSecurityPolicy\b.*: "),
    Reason(
        "what follows the end of a document is refused, and not passed over",
        r"^kubectl does not read what follows the end of a document$",
    ),
    Reason("a text right behind --- is refused", r'^".*" follows --- without a space$'),
    Reason("content on the line of --- is read", r"^upstream: invalid Yaml document separator", rb"---\s"),
    Reason(
        "directives alone are no document",
        r"^upstream: .*(did not find expected (<document start>|whitespace)|found duplicate %YAML)",
        rb"%",
    ),
    Reason("a tag right before a comma or bracket is refused", r"^a tag is not followed by a space$"),
    Reason(
        "a tag right before a comma or bracket is refused",
        r"^this is not YAML: (this does not|what \"[\[{]\" begins)",
        rb"![!\w+\-;/?:@&=$.~*'()%]*[,\[\]{}]",
    ),
    Reason("two byte order marks are refused", r"^this starts with two byte order marks$"),
    Reason("a container's log among documents", r"^container logs are between the documents"),
    Reason("an object of a known kind with items is refused", r"^an? \w+ has no items: "),
    Reason(
        "a misspelt kind is refused, as kubectl does after decoding",
        r'^no matches for kind ".*" in version "',
    ),
    Reason("directives alone are no document", r"^upstream: .*incompatible YAML document", rb"%YAML"),
    Reason("directives alone are no document", r"^upstream: .*found duplicate %TAG", rb"%TAG"),
    Reason(
        "a control character is refused wherever it is",
        r"^(there is a control character|this is a binary file$)",
        rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xef\xbf[\xbe\xbf]",
    ),
    Reason(
        "an exponent of a quantity with more than six characters is refused",
        r"must be a quantity and is",
        rb"[0-9.][eE][-+]?[0-9]{6}",
    ),
    Reason(
        "a list within a list is read, as kustomize does",
        r"^upstream: \*unstructured\.Unstructured is not a list",
    ),
    Reason(
        "what follows a JSON list is only blank, and may be a tab",
        r"^upstream: .*found character that cannot start any token",
        rb"\A(\xef\xbb\xbf)?\s*\[.*\]\s*\t\s*\Z",
    ),
    Reason("a Helm template is refused", r"^this is a Helm template", rb"\{\{"),
    Reason("a log that has no end is refused", r"^the log that starts here has no end"),
    Reason("a directive within a document is refused", r"^this is not YAML", rb"\n%"),
    Reason("items that are not a list are refused in every object", r"^items must be a list and is "),
    Reason("an item of a list that is null is refused", r"^this is null, not an object$"),
    Reason("a document that ends before it begins is refused", r"^the document ends before it has begun$"),
    Reason("a patch is passed over and told", r"this is a patch, not an object", rb"\$|[uU]0024"),
    Reason("a byte order mark within a text is refused", r"^there is a byte order mark within the text$"),
    Reason("a text that is not UTF-8 is refused", r"^this is not UTF-8 text$"),
    Reason(
        r"the escape \' is refused, which YAML does not have",
        r"^this is not YAML: the text .* has (an escape that YAML does not know|no closing)",
        rb"\\'",
    ),
    Reason("bytes that are not text are refused", r"^the value of !!binary is not UTF-8 text in base64$"),
    Reason("half of a surrogate pair is refused", r"half of a surrogate pair"),
    Reason("a number that no float can hold is refused", r"out of range", rb"[0-9]e[0-9]|[0-9]{300}"),
    Reason(
        "a number that JSON cannot hold is refused, also where its key comes again",
        r"is not a value in JSON$",
        rb"!!float|(?i:\.(inf|nan)\b)",
    ),
    Reason(
        "a key that JSON cannot hold is refused, also in a value that a repeated key replaces",
        r"^(null|the number \S+) cannot be a key$",
        rb"(?s)\b([\w.-]+)\s*:.*\b\1\s*:",
    ),
    Reason("a question mark in brackets is refused", r"^a question mark is in a list or mapping"),
    Reason(
        "a text right behind a bracket is refused",
        r"^this is not YAML|^a key is a list",
        rb"[\]}][ \t]?[^\s,\]}]",
    ),
    Reason("a colon before a comma or bracket is refused", r"^this is not YAML", rb"\s:[,\]}]"),
    Reason(
        "what follows a JSON value is read however short it is", r"^upstream: unexpected EOF", rb"\A\s*\{"
    ),
    Reason(
        "what follows a JSON value is read however short it is",
        r"^upstream: json: offset",
        rb"\A(\s|\xc2\xa0|\xef\xbb\xbf)*\{",
    ),
)


def reason(refusal: str, data: bytes) -> str | None:
    """The listed reason for a refusal of an input, if there is one."""
    for one in REASONS:
        if re.search(one.refusal, refusal) and re.search(one.data, data):
            return one.words
    return None
