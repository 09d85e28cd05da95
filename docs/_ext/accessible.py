"""Fix accessibility problems of Sphinx and the theme in the finished HTML of a page.

axe-core reports of a page without these fixes: headings in the side bar without a level, two side bars of the same
name, code and tables that only a mouse can scroll, and signatures as lists of definitions without terms.
"""

from __future__ import annotations

import re

#: Text of each page to replace, and its replacement.
REPLACED = (
    ('class="caption" role="heading">', 'class="caption" role="heading" aria-level="2">'),
    ('<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="All pages">'),
    ('<aside class="toc-drawer', '<aside aria-label="This page" class="toc-drawer'),
    ("<pre>", '<pre tabindex="0">'),
    ('<div class="table-wrapper', '<div tabindex="0" class="table-wrapper'),
)
_SIGNATURE = re.compile(r'<dt class="sig .*?</dt>', re.DOTALL)
_EMPTY_HEAD = re.compile(r'<th class="head"><p>\s*</p></th>')


def mended(page: str) -> str:
    """The HTML of a page with all fixes; fixes that were already made stay."""
    for found, better in REPLACED:
        page = page.replace(found, better)
    page = _EMPTY_HEAD.sub('<td class="head"></td>', page)
    return _SIGNATURE.sub(lambda match: without_list(match[0]), page)


def without_list(signature: str) -> str:
    """A signature whose parameters are lines, which a style sheet sets below each other."""
    signature = signature.replace("<dl>", '<span class="sig-params">').replace("</dl>", "</span>")
    return signature.replace("<dd>", '<span class="sig-line">').replace("</dd>", "</span>")
