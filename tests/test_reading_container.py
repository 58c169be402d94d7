"""Zip archives: every file in them is read or named with what is wrong with it."""

from __future__ import annotations

import io
import random
import stat
import struct
import tracemalloc
import zipfile
import zlib
from dataclasses import replace

import pytest

from nlp_reports.errors import (
    DocumentDamaged,
    DocumentEncrypted,
    DocumentError,
    DocumentTooLarge,
    UnsupportedMedia,
)
from nlp_reports.reading import containers
from nlp_reports.reading.containers import Container, Limits
from nlp_reports.schema import Member
from nlp_reports.settings import DEFAULT, Settings

INTERACTIVE = Limits.interactive(DEFAULT)


def packed(files, method=zipfile.ZIP_DEFLATED):
    """Return a zip of ``(name, data)`` pairs; a name may be a ready `ZipInfo`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data, method)
    return buffer.getvalue()


def raw(files):
    """Return a zip whose names are bytes, the flag for UTF-8 unset, and have an extra field."""
    body, directory = b"", b""
    for name, data, extra in files:
        head = struct.pack(
            "<5H3I2H",
            20,
            0,
            0,
            0,
            33,
            zlib.crc32(data),
            len(data),
            len(data),
            len(name),
            len(extra),
        )
        directory += (
            b"PK\x01\x02\x14\0" + head + struct.pack("<3H2I", 0, 0, 0, 0, len(body)) + name + extra
        )
        body += b"PK\x03\x04" + head + name + extra + data
    end = struct.pack("<4H2IH", 0, 0, len(files), len(files), len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


def container(data, settings=DEFAULT, where="年报.zip", limits=None):
    return Container(io.BytesIO(data), where=where, settings=settings, limits=limits)


def members(data, settings=DEFAULT, where="年报.zip", limits=None):
    return [found for _, found in container(data, settings, where, limits).members()]


def paths(data):
    return [member.path for member in members(data)]


def word():
    return packed([("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<x/>")])


# What a zip is


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["[Content_Types].xml", "_rels/.rels", "word/document.xml"], "docx"),
        (["[Content_Types].xml", "word/document2.xml"], "docx"),
        (["Word\\Document.xml"], "docx"),
        (["[Content_Types].xml", "xl/workbook.xml"], "xlsx"),
        (["xl/workbook.bin"], "xlsx"),
        (["[Content_Types].xml", "ppt/presentation.xml"], "pptx"),
        (["OFD.xml", "Doc_0/Document.xml"], "ofd"),
        (["word/年报.docx"], "zip"),
        (["年报.txt"], "zip"),
        ([], "zip"),
    ],
)
def test_a_zip_is_known_by_the_names_in_it(names, kind):
    assert containers.kind(packed([(name, "") for name in names])) == kind
    assert kind in containers.TITLES


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        ("application/vnd.oasis.opendocument.text", "odt"),
        ("application/vnd.oasis.opendocument.text-template", "odt"),
        ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
        ("application/vnd.oasis.opendocument.presentation", "odp"),
        ("application/vnd.oasis.opendocument.graphics", "zip"),
        ("application/epub+zip", "zip"),
        ("x" * 1000, "zip"),
    ],
)
def test_an_opendocument_file_is_known_by_the_type_it_declares(declared, kind):
    assert containers.kind(packed([("mimetype", declared), ("content.xml", "")])) == kind


def test_an_archive_of_uncompressed_documents_is_no_document():
    assert containers.kind(packed([("年报.docx", word())], zipfile.ZIP_STORED)) == "zip"


@pytest.mark.parametrize("data", [b"", b"PK", b"%PDF-1.7", b"\xd0\xcf\x11\xe0", "年报".encode()])
def test_other_bytes_are_no_zip(data):
    assert containers.kind(data) is None


def test_a_cut_document_is_still_a_document():
    data = word()
    assert containers.kind(data[:-10]) == "docx"
    assert containers.kind(packed([("年报.txt", "甲")])[:-10]) == "zip"
    assert containers.kind(data[:12]) == "zip"


# Members


def test_members_come_in_the_order_of_the_archive():
    document = word()  # once: the time of day is in it
    data = packed([("乙.txt", "2"), ("甲/丙.txt", "3"), ("丁.docx", document)])
    assert members(data) == [
        Member("乙.txt", b"2"),
        Member("甲/丙.txt", b"3"),
        Member("丁.docx", document),
    ]


def test_folders_and_what_systems_leave_behind_are_passed_over():
    litter = (
        *("年报/", "__MACOSX/年报/._甲.docx", "._甲.docx", ".DS_Store", "年报/.DS_Store"),
        *("Thumbs.db", "年报/THUMBS.DB", "~$甲.docx", "年报\\~$甲.docx", "desktop.ini"),
    )
    assert paths(packed([(name, "") for name in litter] + [("年报/甲.docx", "")])) == [
        "年报/甲.docx"
    ]


def test_an_empty_archive_has_no_members():
    assert members(packed([])) == []


def test_two_members_of_one_name_are_both_read():
    with pytest.warns(UserWarning, match="Duplicate"):
        data = packed([("甲.txt", "1"), ("甲.txt", "2")])
    assert [member.data for member in members(data)] == [b"1", b"2"]


# Names


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "gb18030"])
def test_names_without_the_flag_are_repaired(encoding):
    name = "2021年/鹿溪县年报.txt"
    assert paths(raw([(name.encode(encoding), b"", b"")])) == [name]


def test_a_short_name_in_gbk_that_would_pass_as_utf8():
    assert paths(raw([("模.txt".encode("gbk"), b"", b"")])) == ["模.txt"]


def test_a_name_in_no_known_encoding_stays():
    assert paths(raw([(b"\xff\xff.txt", b"", b"")])) == ["\xa0\xa0.txt"]


def unicode_path(name, of):
    field = b"\x01" + struct.pack("<I", zlib.crc32(of)) + name
    return struct.pack("<HH", 0x7075, len(field)) + field


def test_the_unicode_path_field_goes_before_the_name():
    other = struct.pack("<HH", 0x5455, 2) + b"ab"
    extra = other + unicode_path("鹿溪.txt".encode(), b"lx.txt")
    assert paths(raw([(b"lx.txt", b"", extra)])) == ["鹿溪.txt"]


def test_a_unicode_path_field_of_another_name_does_not_count():
    extra = unicode_path("鹿溪.txt".encode(), b"older.txt")
    assert paths(raw([(b"lx.txt", b"", extra)])) == ["lx.txt"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("/etc/passwd", "etc/passwd"),
        ("../../甲.txt", "甲.txt"),
        ("年报/../../甲.txt", "年报/甲.txt"),
        ("年报\\.\\甲.txt", "年报/甲.txt"),
        ("C:\\甲.txt", "甲.txt"),
        ("C:甲.txt", "甲.txt"),
        ("甲\x1b[31m\n.txt", "甲\\x1b[31m\\n.txt"),
        ("甲\u202etxt.exe", "甲\\u202etxt.exe"),
        ("..", "unnamed"),
        ("　年 报.txt", "　年 报.txt"),
    ],
)
def test_names_are_made_safe(name, path):
    info = zipfile.ZipInfo(name)
    info.filename = name
    assert paths(packed([(info, "")])) == [path]


# Members that cannot be read


def only_error(data, settings=DEFAULT):
    """Return the one error among the members; the first and the last are whole."""
    first, error, last = members(data, settings)
    assert (first.path, last.path) == ("前.txt", "后.txt")
    assert error.where == "年报.zip/坏.txt"
    return error


def around(bad, info="坏.txt"):
    return packed([("前.txt", "前"), (info, bad), ("后.txt", "后")])


def test_a_wrong_checksum_is_damage():
    crc = struct.pack("<I", zlib.crc32(b"bad" * 99))
    assert isinstance(only_error(around(b"bad" * 99).replace(crc, b"1234")), DocumentDamaged)


def test_broken_compression_is_damage():
    data = bytearray(around(random.Random(1).randbytes(100) * 9))
    start = data.index("坏.txt".encode()) + 10
    data[start : start + 20] = b"\xff" * 20
    assert isinstance(only_error(bytes(data)), DocumentDamaged)


def entry_of(data, name):
    """Return where the local header and the directory entry of a member begin."""
    local = data.index(name.encode()) - 30
    return local, data.index(name.encode(), local + 31) - 46


def test_a_locked_member_is_encrypted():
    data = bytearray(around(b"bad"))
    local, entry = entry_of(data, "坏.txt")
    data[local + 6] |= 1
    data[entry + 8] |= 1
    assert isinstance(only_error(bytes(data)), DocumentEncrypted)


def test_an_unknown_compression_is_unsupported():
    data = bytearray(around(b"bad"))
    local, entry = entry_of(data, "坏.txt")
    data[local + 8] = data[entry + 10] = 9
    error = only_error(bytes(data))
    assert isinstance(error, UnsupportedMedia)
    assert "method 9" in error.message


def test_a_link_is_unsupported():
    info = zipfile.ZipInfo("坏.txt")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert isinstance(only_error(around("/etc/passwd", info)), UnsupportedMedia)


def test_a_size_that_is_too_small_in_the_header_is_damage():
    data = bytearray(around(b"bad" * 1000))
    _, entry = entry_of(data, "坏.txt")
    data[entry + 24 : entry + 28] = struct.pack("<I", 30)
    assert isinstance(only_error(bytes(data)), DocumentDamaged)


def test_a_size_that_is_too_large_in_the_header_is_damage():
    data = bytearray(around(b"bad" * 1000))
    _, entry = entry_of(data, "坏.txt")
    data[entry + 24 : entry + 28] = struct.pack("<I", 4000)
    assert isinstance(only_error(bytes(data)), DocumentDamaged)


def test_a_member_larger_than_a_document_may_be():
    assert isinstance(only_error(around(b"x" * 101), Settings(max_bytes=100)), DocumentTooLarge)
    assert len(members(around(b"x" * 100), Settings(max_bytes=100))) == 3


def test_members_are_bounded_together():
    data = packed([(f"{n}.txt", b"x" * 400) for n in range(5)])
    kinds = [type(member) for member in members(data, Settings(max_unpacked=1000))]
    assert kinds == [Member, Member, DocumentTooLarge, DocumentTooLarge, DocumentTooLarge]


def test_a_bomb_is_not_unpacked():
    bomb = around(bytes(60_000_000))
    tracemalloc.start()
    error = only_error(bomb)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert isinstance(error, DocumentTooLarge)


def test_overlapping_members_are_damage():
    data = bytearray(packed([("a.txt", b"x" * 500), ("b.txt", b"y")], zipfile.ZIP_STORED))
    _, entry = entry_of(data, "b.txt")
    data[entry + 42 : entry + 46] = struct.pack("<I", 100)
    first, second = members(bytes(data))
    assert isinstance(first, DocumentDamaged)
    assert "overlap" in first.message
    assert isinstance(second, DocumentDamaged)


def test_without_a_file_name_an_error_names_the_member():
    (error,) = members(packed([("甲.txt", b"xx")]), Settings(max_bytes=1), where="")
    assert error.where == "甲.txt"


# Archives in archives


def test_archives_in_an_archive_are_opened():
    inner = packed([("丙.txt", "3"), (".DS_Store", "")])
    assert members(packed([("甲.txt", "1"), ("乙.zip", inner), ("丁.txt", "4")])) == [
        Member("甲.txt", b"1"),
        Member("乙.zip/丙.txt", b"3"),
        Member("丁.txt", b"4"),
    ]


def test_an_archive_is_known_by_its_bytes_and_a_document_is_none():
    data = packed([("甲", packed([("乙.txt", "2")])), ("丙.zip", word())])
    assert paths(data) == ["甲/乙.txt", "丙.zip"]


def test_archives_three_deep_are_named():
    deepest = packed([("丁.txt", "4")])
    inner = packed([("丙.zip", deepest), ("戊.txt", "5")])
    error, member = members(packed([("乙.zip", inner)]))
    assert isinstance(error, UnsupportedMedia)
    assert error.where == "年报.zip/乙.zip/丙.zip"
    assert member.path == "乙.zip/戊.txt"


def test_a_broken_archive_in_an_archive_is_an_error_among_members():
    inner = packed([("丙.txt", "3")])[:-10]
    error, member = members(packed([("乙.zip", inner), ("丁.txt", "4")]))
    assert isinstance(error, DocumentDamaged)
    assert error.where == "年报.zip/乙.zip"
    assert member.path == "丁.txt"


def test_nested_archives_share_one_allowance():
    inner = packed([(f"{n}.txt", b"x" * 400) for n in range(3)], zipfile.ZIP_STORED)
    settings = Settings(max_unpacked=len(inner) + 500)
    kinds = [type(member) for member in members(packed([("乙.zip", inner)]), settings)]
    assert kinds == [Member, DocumentTooLarge, DocumentTooLarge]


def test_nested_archives_share_one_number_of_members():
    limits = replace(INTERACTIVE, members=5)
    inner = packed([("1.txt", ""), ("2.txt", "")])
    found = members(packed([("a.zip", inner), ("b.zip", inner), ("c.txt", "")]), limits=limits)
    assert [type(member) for member in found] == [Member, Member, DocumentTooLarge, Member]


# Archives that cannot be opened


def test_an_archive_that_is_cut_raises_before_the_first_member():
    data = packed([("甲.txt", "1" * 1000)])
    for length in range(0, len(data) - 1, 5):
        with pytest.raises(DocumentDamaged) as caught:
            container(data[:length])
        assert caught.value.where == "年报.zip"


def test_an_archive_of_too_many_members():
    data = packed([(f"{n}", "") for n in range(INTERACTIVE.members + 1)])
    with pytest.raises(DocumentTooLarge, match="members"):
        container(data)


def test_a_directory_without_end_is_not_parsed():
    entries = (b"PK\x01\x02" + bytes(42)) * 200_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0, 0, len(entries), 0, 0)
    data = packed([("甲.txt", "")]) + entries
    with pytest.raises(DocumentTooLarge, match="members"):
        container(data + end)
    with pytest.raises(DocumentDamaged, match="directory"):
        container(data)
    assert containers.kind(data + end) == containers.kind(data) == "zip"


def test_damaged_archives_give_members_or_typed_errors():
    rng = random.Random(20261122)
    inner = packed([("丙.txt", "丙" * 50)])
    whole = packed([("甲.txt", "甲" * 300), ("乙.zip", inner), ("丁.docx", word()), ("空", "")])
    for _ in range(1000):
        data = mutated(rng, whole)
        assert containers.kind(data) in {None, *containers.TITLES}
        for member in members_or_error(data):
            assert isinstance(member, Member | DocumentError)
            if isinstance(member, DocumentError):
                assert "\n" not in str(member)


def members_or_error(data):
    try:
        return members(data)
    except DocumentError as error:
        return [error]


def mutated(rng, data):
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(changed))
        choice = rng.randrange(5)
        if choice < 3:
            changed[at] = rng.randrange(256)
        elif choice == 3:
            del changed[at : at + rng.randint(1, 20)]
        else:
            changed[at : at + 4] = rng.choice([bytes(4), b"\xff" * 4])
    return bytes(changed)
