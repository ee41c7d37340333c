"""HTML, JSON, CSV, subtitles, XML, YAML and source code."""

HTML = (
    b"<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n<title>A walk</title>\n"
    b'<meta name="author" content="A &amp; B">\n<!-- <meta name="no" content="no"> -->\n'
    b"</head>\n<body><p>The path leaves the <b>village</b>.</p>\n"
    b'<script>let a = "<meta name=x content=y>";</script></body>\n</html>\n'
)
LD = b'<script type="application/ld+json">{"@type": "Article", "name": "A walk"}</script>'


def forms():
    return {
        "html": ("text/html", HTML),
        "html-json-ld": ("text/html", HTML.replace(b"</head>", LD + b"</head>")),
        "html-bare": ("text/html", b"<p>A walk\n"),
        "html-headless": ("text/html", b"<!DOCTYPE html><html><body>A walk</body></html>"),
        "json": ("application/json", b'{"a": [1, 2.50], "b": null}\n'),
        "csv": ("text/csv", b"a,b\n1,2\n"),
        "tsv": ("text/tab-separated-values", b"a\tb\n1\t2\n"),
        "jsonl": ("text/x-ndjson", b"{}\n{}\n"),
        "rtf": ("text/rtf", b"{\\rtf1 A walk}\n"),
        "php": ("text/x-php", b"<?php\necho 1;\n"),
        "bat": ("text/x-bat", b"@echo off\r\necho a\r\n"),
        "ass": ("text/x-ssa", b"[Script Info]\nTitle: A walk\n"),
        "srt": ("application/x-subrip", b"1\n00:00:01,000 --> 00:00:02,000\nA walk\n\n"),
        "vtt": ("text/vtt", b"WEBVTT - a walk\n\n00:01.000 --> 00:02.000\nA walk\n"),
        "xml": ("application/xml", b'<?xml version="1.0"?>\n<a><!-- c --><b x="1"/></a>\n'),
        "xml-line": ("application/xml", b'<?xml version="1.0"?><a/>'),
        "xml-bare": ("application/xml", b"<a/>"),
        "lua": ("text/x-lua", b"print(1)"),
        "perl": ("text/x-perl", b"#!/usr/bin/perl\nprint 1;\n"),
        "yaml": ("application/yaml", b"%YAML 1.2\n---\na: 1\nb: [2, 3]\n"),
        "toml": ("application/toml", b"a = 1\n"),
        "python": ("text/x-python", b"#!/usr/bin/env python3\n# coding: utf-8\nprint('a')\n"),
        "javascript": ("text/javascript", b"let a = 1;\n"),
        "css": ("text/css", b'@charset "utf-8";\nb { color: red }\n'),
        "sql": ("text/x-sql", b"SELECT 1;\n"),
    }
