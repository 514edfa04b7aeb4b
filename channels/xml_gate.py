"""XML from outside, read with limits while it is parsed (D14, B-31..B-40), and XML that we write."""

import re
from collections.abc import Collection, Sequence
from typing import Any, NoReturn
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from basics.refusal import Refusal
from channels.json_gate import Unreadable

DEEPEST = 32
MOST_ELEMENTS = 10_000
MOST_ATTRIBUTES = 64
_DECLARED = re.compile(r"""^\s*<\?xml[^>]{0,100}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._\-]{1,32})["']""", re.ASCII)
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

WORDS = {
    "body_empty": "内容为空 / the body is empty",
    "xml_invalid": "内容不是有效的 XML / the content is no well-formed XML",
    "xml_dtd_forbidden": "不允许 DTD / a DTD or an entity is not allowed",
    "xml_too_deep": "XML 嵌套过深 / the XML is nested too deeply",
    "xml_too_large": "XML 元素或属性过多 / too many elements or attributes",
    "field_repeated": "字段重复 / a field is there twice",
}

Tree = dict[str, Any]  # name -> text, Tree, or a list of them where a name may be repeated


class _Taker:
    """Takes what the parser finds: text of an element from all its pieces, comments or CDATA between them or not."""

    def __init__(self, lists: Collection[str]) -> None:
        self._lists = lists
        self._open: list[tuple[str, Tree, list[str]]] = []
        self._elements = 0
        self.root: tuple[str, Any] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if len(attributes) > MOST_ATTRIBUTES or self._elements > MOST_ELEMENTS:
            _refuse("xml_too_large")
        if len(self._open) >= DEEPEST:
            _refuse("xml_too_deep")
        self._open.append((tag, {}, []))

    def data(self, text: str) -> None:
        if self._open:
            self._open[-1][2].append(text)

    def end(self, _tag: str) -> None:
        tag, children, pieces = self._open.pop()
        value = children if children else "".join(pieces)
        if not self._open:
            self.root = (tag, value)
            return
        above = self._open[-1][1]
        if tag in self._lists:
            above.setdefault(tag, []).append(value)
        elif tag in above:
            _refuse("field_repeated", tag[:64])
        else:
            above[tag] = value

    def close(self) -> None:
        """The parser asks for it."""


def declared_encoding(content: bytes) -> str | None:
    """What the XML declaration says, if there is one."""
    found = _DECLARED.match(content[:200].decode("latin-1"))
    return found[1] if found else None


def read_xml(text: str, lists: Collection[str] = ()) -> tuple[str, Tree]:
    """Name of the root and its content; an element is its text, or, when it has children, a dict of them.

    Names in `lists` become lists; any other name twice in one element is refused (B-40). Attributes are passed over.
    Unreadable with a code of WORDS (all 400). `text` is decoded already: an encoding in the declaration says nothing.
    """
    if not text.strip():
        _refuse("body_empty")
    taker = _Taker(lists)
    parser = DefusedXMLParser(target=taker, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(text)
        parser.close()
    except DefusedXmlException:
        _refuse("xml_dtd_forbidden")
    except (ParseError, ValueError):  # ValueError: a lone surrogate, which no bytes can hold
        _refuse("xml_invalid")
    if taker.root is None:
        _refuse("xml_invalid")
    name, value = taker.root
    return name, value if isinstance(value, dict) else {}


def element(name: str, content: object = "", *children: str) -> str:
    """`<name>content</name>` with the content escaped, or with children that are XML already."""
    if children:
        return f"<{name}>{''.join(children)}</{name}>"
    return f"<{name}>{escape(_UNWRITABLE.sub('', '' if content is None else str(content)))}</{name}>"


def elements(pairs: Sequence[tuple[str, object]]) -> str:
    """Several of them."""
    return "".join(element(name, content) for name, content in pairs)


def _refuse(code: str, field: str | None = None) -> NoReturn:
    raise Unreadable(Refusal(code, WORDS[code], field))
