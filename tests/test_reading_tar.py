"""Tar archives, and containers of both kinds as streams: hostile ones end soon and say why."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as examined
from hypothesis import strategies as st

import nlp_reports
from nlp_reports.errors import (
    DocumentDamaged,
    DocumentError,
    DocumentNotFound,
    DocumentTooLarge,
    UnsupportedMedia,
)
from nlp_reports.reading import containers, is_archive, read
from nlp_reports.reading.containers import Container, Limits
from nlp_reports.schema import Member
from nlp_reports.settings import DEFAULT, Settings

BATCH = Limits.batch(DEFAULT)
PACKINGS = {"tar": bytes, "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
KB, MB = 1024, 1024 * 1024


# Archives made by the library, and by hand


def tarred(files, format=tarfile.PAX_FORMAT):
    """Return a tar of ``(name, data)`` pairs; a name may be a ready `TarInfo`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format) as archive:
        for name, data in files:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            info = zipfile.ZipInfo(name)
            info.filename = name
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def number(value):
    """Return a size as a header has it: octal, or base 256 where that is too short."""
    return b"%011o\0" % value if 0 <= value < 8**11 else b"\x80" + value.to_bytes(11, "big")


def header(name, size=0, kind=b"0", *, size_field=None, tail=bytes(167)):
    """Return a header of 512 bytes with a right checksum."""
    field = number(size) if size_field is None else size_field
    fields = (name, b"0000644\0", b"0000000\0", b"0000000\0", field, b"00000000000\0")
    head = struct.pack("100s8s8s8s12s12s", *fields)
    rest = struct.pack("s100s8s32s32s8s8s", kind, b"", b"ustar\x0000", b"", b"", b"", b"") + tail
    checksum = sum(head) + sum(rest) + 8 * 32
    return head + b"%06o\0 " % checksum + rest


def entry(name, data=b"", kind=b"0"):
    return header(name, len(data), kind) + data + bytes(-len(data) % 512)


END = bytes(1024)
FIRST, LAST = entry("前.txt".encode(), b"1"), entry("后.txt".encode(), b"2")


def pax(**records):
    """Return an extended header."""
    data = b""
    for key, value in records.items():
        record = b" " + key.replace("__", ".").encode() + b"=" + value + b"\n"
        length = len(record) + len(str(len(record) + 3))
        data += b"%d" % length + record
    return entry(b"pax", data, b"x")


def container(data, settings=DEFAULT, where="年报.tar", limits=None):
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    return Container(file, where=where, settings=settings, limits=limits)


def members(data, settings=DEFAULT, where="年报.tar", limits=None):
    return [found for _, found in container(data, settings, where, limits).members()]


def paths(data):
    return [member.path for member in members(data)]


def whole_and_error(data, **options):
    """Return the members before the one error, which is the last found and names the archive."""
    *whole, error = members(data, **options)
    assert all(isinstance(member, Member) for member in whole)
    assert isinstance(error, DocumentError)
    assert error.where == "年报.tar"
    return [member.path for member in whole], error


class Watched(io.BytesIO):
    """A file that counts the bytes read from it."""

    count = 0

    def read(self, size=-1):
        data = super().read(size)
        self.count += len(data)
        return data


# What a tar is


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_tar_is_known_by_its_first_header_however_it_is_packed(packing, format):
    data = PACKINGS[packing](tarred([("年报.txt", b"1")], format))
    assert containers.kind(data) == "tar"
    assert containers.is_container(io.BytesIO(data))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("data", [b"", "年报".encode() * 500, bytes(2000)])
def test_a_packed_file_that_is_no_tar_is_none(pack, data):
    assert containers.kind(pack(data)) is None
    assert containers.kind(pack(data)[:-9]) is None


def test_a_text_about_tar_is_no_tar():
    assert containers.kind(b"x" * 257 + b"ustar" + b"x" * 500) is None
    assert containers.kind(b"x" * 257 + b"ustar\0") is None


def test_documents_are_no_containers():
    word = zipped([("[Content_Types].xml", b""), ("word/document.xml", b"")])
    assert not containers.is_container(io.BytesIO(word))
    assert containers.is_container(io.BytesIO(zipped([("年报.docx", word)])))
    assert not containers.is_container(io.BytesIO(b"%PDF-1.7"))


@pytest.mark.parametrize("packing", [*PACKINGS, "zip"])
def test_little_is_read_of_a_large_file_to_tell_what_it_is(packing):
    files = [(f"{n}.bin", random.Random(n).randbytes(MB)) for n in range(2)]
    data = zipped(files) if packing == "zip" else PACKINGS[packing](tarred(files))
    file = Watched(data)
    assert containers.is_container(file)
    assert file.count < MB  # bzip2 is unpacked in blocks of that size
    assert file.count < 100 * KB or packing in ("bz2", "xz")


# Members


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_members_come_in_the_order_of_the_archive(packing, format):
    files = [("乙.txt", b"2"), ("甲/丙.txt", b"3" * 1000), ("空.txt", b""), ("丁", b"4" * 512)]
    data = PACKINGS[packing](tarred(files, format))
    assert members(data) == [Member(name, data) for name, data in files]


@pytest.mark.parametrize("format", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_are_whole(format):
    name = "/".join(["鹿溪县人民政府办公室"] * 20) + "/年报.txt"
    assert paths(tarred([(name, b"1"), ("b", b"2")], format)) == [name, "b"]


def test_a_name_in_two_fields_is_put_together():
    data = header(b"c.txt", tail=b"a/b".ljust(167, b"\0"))
    assert paths(data + END) == ["a/b/c.txt"]


def test_several_streams_one_behind_the_other_are_one():
    data = tarred([("a", b"1" * 5000), ("b", b"2" * 5000)])
    packed = gzip.compress(data[:3000]) + gzip.compress(data[3000:]) + bytes(512)
    assert [member.data[:1] for member in members(packed)] == [b"1", b"2"]
    assert [member.data[:1] for member in members(packed + b"rubbish")] == [b"1", b"2"]


def test_folders_litter_and_global_headers_are_passed_over():
    folder = tarfile.TarInfo("年报")
    folder.type = tarfile.DIRTYPE
    litter = ["__MACOSX/甲.txt", "._甲.txt", ".DS_Store", "年报/Thumbs.db", "~$甲.docx"]
    data = tarred([(folder, b""), *((name, b"x" * 600) for name in litter), ("年报/甲.txt", b"1")])
    assert paths(data) == ["年报/甲.txt"]
    comment = entry(b"pax_global_header", b"52 comment=" + b"0" * 40 + b"\n", b"g")
    assert paths(comment + FIRST + entry(b"old/", kind=b"\0") + LAST + END) == ["前.txt", "后.txt"]
    assert paths(FIRST + entry(b"list", b"x" * 99, b"D") + LAST + END) == ["前.txt", "后.txt"]


def test_the_size_of_an_extended_header_goes_before_the_other():
    data = pax(size=b"600") + header(b"a") + b"x" * 600 + bytes(424) + LAST + END
    assert [len(member.data) for member in members(data)] == [600, 1]


# Names


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_names_in_bytes_are_repaired(encoding):
    name = "2021年/鹿溪县年报.txt"
    assert paths(entry(name.encode(encoding)) + END) == [name]
    assert paths(pax(path=name.encode(encoding)) + entry(b"x") + END) == [name]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (b"/etc/passwd", "etc/passwd"),
        (b"../../a.txt", "a.txt"),
        (b"a/./..//b.txt", "a/b.txt"),
        (b"C:\\a.txt", "a.txt"),
        (b"a\x1b[31m\n.txt", "a\\x1b[31m\\n.txt"),
        ("a\u202etxt.exe".encode(), "a\\u202etxt.exe"),
        (b"\xff\xff.txt", "\\udcff\\udcff.txt"),
        (b"..", "unnamed"),
        (b"d/" * 49 + b"e", "d/" * 49 + "e"),
    ],
)
def test_names_are_made_safe(name, path):
    assert paths(entry(name) + END) == [path]


def test_of_an_endless_name_the_end_stays():
    deep = pax(path=b"x/" * 50_000 + b"a.txt") + entry(b"a")
    long = pax(path=b"x" * 50_000 + b"b.txt") + entry(b"b")
    first, second = paths(deep + long + END)
    assert first == "x/" * 99 + "a.txt"
    assert second == "x" * 4091 + "b.txt"


@pytest.mark.parametrize(
    ("names", "unique"),
    [
        (["a.txt", "a.txt", "a.txt"], ["a.txt", "a~2.txt", "a~3.txt"]),
        (["a.txt", "/a.txt", "../a.txt"], ["a.txt", "a~2.txt", "a~3.txt"]),
        (["a~2.txt", "a.txt", "a.txt"], ["a~2.txt", "a.txt", "a~3.txt"]),
        (["d/a", "d/a", "e/a"], ["d/a", "d/a~2", "e/a"]),
        (["a", "a/b", "a/c"], ["a", "a~2/b", "a~2/c"]),
        (["a/b", "a", "a/c"], ["a/b", "a", "a~2/c"]),
        (["x/a", "x/a/b/c"], ["x/a", "x/a~2/b/c"]),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("pack", [tarred, zipped])
def test_no_two_members_have_one_path(pack, names, unique):
    data = pack([(name, name.encode()) for name in names])
    assert members(data) == [Member(p, n.encode()) for p, n in zip(unique, names, strict=True)]


@pytest.mark.parametrize("pack", [tarred, zipped])
def test_a_file_beside_a_container_may_not_have_the_path_of_one_in_it(pack):
    inner = pack([("a.txt", b"1"), ("a~2.txt", b"2")])
    before = pack([("in/a.txt", b"0"), ("in", inner)])
    assert paths(before) == ["in/a.txt", "in/a~2.txt", "in/a~2~2.txt"]
    assert container(before).take((1, 1)) == Member("in/a~2~2.txt", b"2")
    assert paths(pack([("in", inner), ("in/a.txt", b"0")])) == [
        *("in/a.txt", "in/a~2.txt", "in~2/a.txt")
    ]


def test_many_members_of_one_name_take_no_time():
    found = paths(gzip.compress(entry(b"a.txt") * 4000 + END))
    assert found[-1] == "a~4000.txt"
    assert len(set(found)) == 4000


# Members that are no files


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (b"1", "a hard link"),
        (b"2", "a symbolic link"),
        (b"3", "a character device"),
        (b"4", "a block device"),
        (b"6", "a named pipe"),
        (b"S", "a sparse file"),
        (b"M", "the rest of a file"),
        (b"Z", "of an unknown type, 'Z'"),
    ],
)
def test_what_is_no_file_is_named(kind, title):
    first, error, last = members(FIRST + entry("坏.txt".encode(), kind=kind) + LAST + END)
    assert (first.path, last.path) == ("前.txt", "后.txt")
    assert isinstance(error, UnsupportedMedia)
    assert error.where == "年报.tar/坏.txt"
    assert error.message.startswith(f"the member is {title}")


def test_a_link_with_a_size_has_no_bytes():
    data = FIRST + header(b"link", 5000, b"2") + LAST + END
    assert [type(member) for member in members(data)] == [Member, UnsupportedMedia, Member]


def test_sparse_files_are_refused_with_all_their_maps():
    flags = bytearray(167)
    flags[482 - 345] = 1
    sparse = header(b"big", 512, b"S", tail=bytes(flags))
    more = bytes(504) + b"\1" + bytes(7)
    data = FIRST + sparse + more + bytes(512) + b"x" * 512 + LAST + END
    assert [type(member) for member in members(data)] == [Member, UnsupportedMedia, Member]
    data = FIRST + pax(GNU__sparse__major=b"1", GNU__sparse__name=b"big") + entry(b"b") + LAST + END
    _, error, last = members(data)
    assert (error.where, last.path) == ("年报.tar/big", "后.txt")
    assert "a sparse file" in error.message


def test_a_member_larger_than_a_document_may_be():
    data = tarred([("a", b"1" * 100), ("b", b"2" * 101), ("c", b"3")])
    for packed in (data, gzip.compress(data)):
        found = members(packed, Settings(max_bytes=100))
        assert [type(member) for member in found] == [Member, DocumentTooLarge, Member]
        assert found[1].where == "年报.tar/b"


# Containers in containers


@pytest.mark.parametrize("outer", [tarred, zipped, lambda files: gzip.compress(tarred(files))])
@pytest.mark.parametrize("inner", [tarred, zipped, lambda files: lzma.compress(tarred(files))])
def test_containers_in_a_container_are_opened(outer, inner):
    data = outer([("甲.txt", b"1"), ("乙.pack", inner([("丙.txt", b"3")])), ("丁.txt", b"4")])
    assert list(container(data).members()) == [
        ((0,), Member("甲.txt", b"1")),
        ((1, 0), Member("乙.pack/丙.txt", b"3")),
        ((2,), Member("丁.txt", b"4")),
    ]


def test_containers_three_deep_are_named():
    inner = tarred([("丙.zip", zipped([("丁.txt", b"4")])), ("戊.txt", b"5")])
    error, member = members(tarred([("乙.tar", inner)]))
    assert isinstance(error, UnsupportedMedia)
    assert error.where == "年报.tar/乙.tar/丙.zip"
    assert member.path == "乙.tar/戊.txt"


def test_a_cut_container_in_a_container_is_an_error_among_members():
    inner = gzip.compress(tarred([("a", b"1"), ("b", random.Random(1).randbytes(9000))]))
    found = list(container(tarred([("乙", inner[:4000]), ("丁", b"4")])).members())
    assert [address for address, _ in found] == [(0, 0), (0, 1), (1,)]
    assert found[1][1].where == "年报.tar/乙"


# Archives that are cut or damaged


@pytest.mark.parametrize("packing", PACKINGS)
def test_members_before_a_cut_are_given_and_the_rest_is_one_error(packing):
    rng = random.Random(3)
    files = [(f"{n}.txt", rng.randbytes(700 * n)) for n in range(4)]
    data = PACKINGS[packing](tarred(files))
    end = data.rstrip(b"\0") if packing == "tar" else data
    whole = [Member(*file) for file in files]
    counts = set()
    for length in range(600, len(end) - 10, 97):
        if containers.kind(data[:length]) != "tar":  # too short even for its first header
            continue
        *found, error = members(data[:length])
        assert found == whole[: len(found)]
        assert isinstance(error, DocumentDamaged)
        assert error.where == "年报.tar"
        counts.add(len(found))
    assert len(counts) > 2 or packing in ("bz2", "xz")  # which are packed in large blocks


def test_an_archive_without_its_end_mark_is_named_as_cut():
    found, error = whole_and_error(FIRST + LAST)
    assert found == ["前.txt", "后.txt"]
    assert "end mark" in error.message
    assert paths(FIRST + LAST + bytes(512)) == found


def test_a_damaged_header_ends_the_archive():
    found, error = whole_and_error(FIRST + LAST.replace(b"00644", b"00755") + FIRST + END)
    assert found == ["前.txt"]
    assert isinstance(error, DocumentDamaged)


def test_a_wrong_checksum_of_the_packing_is_said_at_the_end():
    files = [(f"{n}", random.Random(n).randbytes(9000)) for n in range(20)]
    data = gzip.compress(tarred(files))
    *found, error = members(data[:-8] + b"1234" + data[-4:])
    assert [member.data for member in found[:10]] == [data for _, data in files[:10]]
    assert isinstance(error, DocumentDamaged)
    data = gzip.compress(FIRST + LAST + END + bytes(200 * KB))
    assert whole_and_error(data[:-8] + b"1234" + data[-4:])[0] == ["前.txt", "后.txt"]
    data = gzip.compress(FIRST + LAST + END)  # all in one piece, which cannot be trusted
    (error,) = members(data[:-8] + b"1234" + data[-4:])
    assert isinstance(error, DocumentDamaged)


@pytest.mark.parametrize(
    "records", [b"99 path=a\n", b"8 path=a\n", b"path=a\n", b"8 patha\n\n", b"-1 path=a\n", b"10"]
)
def test_a_broken_extended_header_ends_the_archive(records):
    found, error = whole_and_error(FIRST + entry(b"pax", records, b"x") + LAST + END)
    assert found == ["前.txt"]
    assert isinstance(error, DocumentDamaged)


@pytest.mark.parametrize("size", [b"-5", b"x", b"9" * 99, b""])
def test_a_size_that_is_no_number_ends_the_archive(size):
    assert whole_and_error(FIRST + pax(size=size) + LAST + END)[0] == ["前.txt"]


def test_a_size_below_zero_ends_the_archive():
    bad = header(b"bad", size_field=b"\xff" * 12)
    assert whole_and_error(FIRST + bad + LAST + END)[0] == ["前.txt"]


class Broken(io.BytesIO):
    """A file on a disk that fails."""

    def read(self, size=-1):
        if self.tell() > 100_000:
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_a_disk_that_fails_is_an_error():
    files = [("a", b"1" * 120_000), ("b", b"2")]
    found, error = whole_and_error(Broken(tarred(files)))
    assert found == ["a"]
    assert "Input/output error" in error.message
    with pytest.raises(DocumentDamaged):
        container(Broken(zipped([(f"{n}" * 99, b"") for n in range(1000)])))


@pytest.mark.parametrize("packing", ["tar", "gz"])
def test_damaged_archives_give_members_or_typed_errors(packing):
    rng = random.Random(20261122)
    inner = gzip.compress(tarred([("丙.txt", b"3" * 50)]))
    whole = PACKINGS[packing](tarred([("甲.txt", b"1" * 300), ("乙", inner), ("丁" * 60, b"")]))
    for _ in range(400):
        changed = bytearray(whole)
        for _ in range(rng.randint(1, 8)):
            at = rng.randrange(len(changed))
            changed[at : at + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
        try:
            found = members(bytes(changed))
        except DocumentError:  # no tar any more
            continue
        assert len(found) < 10
        assert all("\n" not in str(f) for f in found if isinstance(f, DocumentError))


# Hostile archives


@pytest.mark.parametrize("kind", [b"x", b"g", b"L", b"K", b"X"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_an_extended_header_of_gigabytes_is_not_read(kind, pack):
    data = pack(FIRST + header(b"long", 8 << 30, kind) + bytes(20 * MB))
    tracemalloc.start()
    found, error = whole_and_error(data)
    assert tracemalloc.get_traced_memory()[1] < 10 * MB
    tracemalloc.stop()
    assert found == ["前.txt"]
    assert isinstance(error, DocumentTooLarge)


@pytest.mark.parametrize("kind", [b"x", b"g", b"L", b"K"])
def test_extended_headers_without_end_are_not_followed(kind):
    found, error = whole_and_error(FIRST + entry(b"long", b"", kind) * 5000 + LAST + END)
    assert found == ["前.txt"]
    assert "extended headers" in error.message


def test_a_terabyte_of_zeros_ends_soon():
    zeros = gzip.compress(bytes(32 * MB), compresslevel=1)
    claimed = gzip.compress(FIRST + header(b"zeros", 1 << 40)) + zeros * 1000
    file = Watched(claimed)
    first, zeros_error, error = members(file)
    assert first.path == "前.txt"
    assert (zeros_error.where, error.where) == ("年报.tar/zeros", "年报.tar")
    assert isinstance(error, DocumentTooLarge)
    assert file.count < MB
    behind = Watched(gzip.compress(FIRST + END) + zeros * 1000)  # behind the end mark
    assert [member.path for member in members(behind)] == ["前.txt"]
    assert behind.count < MB


def test_what_is_passed_over_counts_as_unpacked():
    """Members too large to be read are each named, as long as the way to the next is not too far."""
    zeros = gzip.compress(entry(b"zeros", bytes(2 * MB)))
    file = Watched(zeros * 1000)
    found = members(file, Settings(max_bytes=MB, max_unpacked=9 * MB))
    assert [type(error) for error in found] == [DocumentTooLarge] * 6
    assert [error.where for error in found[4:]] == ["年报.tar/zeros~5", "年报.tar"]
    assert file.count < len(zeros) * 1000 / 2


def test_many_small_members_are_bounded_together():
    data = tarred([(f"{n}.txt", bytes(400)) for n in range(50)])
    for packed in (data, gzip.compress(data)):
        found, error = whole_and_error(packed, settings=Settings(max_unpacked=10_500))
        assert len(found) == 10
        assert "10,500 bytes" in error.message


def test_entries_without_end_are_bounded():
    limits = replace(BATCH, members=100)
    for more in (entry(b"a"), header(b"d", kind=b"5"), header(b".DS_Store"), header(b"l", 0, b"2")):
        *found, error = members(gzip.compress(FIRST + more * 5000), limits=limits)
        assert len(found) <= 100
        assert (error.where, "100 members" in error.message) == ("年报.tar", True)


def test_a_map_of_a_sparse_file_without_end_is_bounded():
    flags = bytearray(167)
    flags[482 - 345] = 1
    sparse = header(b"big", 512, b"S", tail=bytes(flags))
    data = gzip.compress(FIRST + sparse + b"\1" * 4 * MB)
    found, error = whole_and_error(data, settings=Settings(max_unpacked=2 * MB))
    assert found == ["前.txt"]
    assert isinstance(error, DocumentTooLarge)


def test_xz_that_asks_for_gigabytes_is_refused():
    data = bytearray(lzma.compress(tarred([("a", b"1")]), preset=0))
    size = 4 * (data[12] + 1)  # of the header of the first block
    data[16] = 40  # a dictionary of four gigabytes
    data[12 + size - 4 : 12 + size] = struct.pack("<I", zlib.crc32(data[12 : 12 + size - 4]))
    assert lzma.decompress(data) == tarred([("a", b"1")])  # where nothing bounds the memory
    assert containers.kind(bytes(data)) is None


def test_a_bomb_of_bombs_shares_one_room():
    bomb = gzip.compress(entry(b"zeros", bytes(3 * MB)) * 10 + END)
    settings = Settings(max_unpacked=40 * MB)
    found = members(zipped([(f"{n}.tgz", bomb) for n in range(5)]), settings)
    assert sum(isinstance(member, Member) for member in found) < 14
    assert sum(len(member.data) for member in found if isinstance(member, Member)) < 40 * MB
    assert len([error for error in found if isinstance(error, DocumentError)]) == 4


def test_one_member_is_in_memory_at_a_time():
    files = [(f"{n}.bin", random.Random(n).randbytes(2 * MB)) for n in range(8)]
    for data in (tarred(files), zipped(files)):
        file = io.BytesIO(data)
        tracemalloc.start()
        for found in members_of(file):
            assert len(found.data) == 2 * MB
            del found
        assert tracemalloc.get_traced_memory()[1] < 5 * MB
        tracemalloc.stop()


def members_of(file):
    for _, found in container(file, limits=BATCH).members():
        yield found
        del found


# Limits of a batch


def test_a_batch_may_unpack_a_hundred_times_the_size_of_the_container():
    settings = Settings(max_unpacked=50_000)
    noise = random.Random(5).randbytes(2000)
    files = [(f"{n}.txt", noise + bytes(30_000)) for n in range(20)]
    for data in (zipped(files), gzip.compress(tarred(files))):
        assert len(members(data, settings, limits=Limits.batch(settings))) == 20
        assert any(isinstance(f, DocumentError) for f in members(data, settings))


@pytest.mark.parametrize("pack", [zipped, lambda files: gzip.compress(tarred(files))])
def test_of_a_batch_all_that_has_no_room_is_one_error(pack):
    settings = Settings(max_unpacked=100_000)
    limits = replace(Limits.batch(settings), ratio=0)
    found, error = whole_and_error(
        pack([(f"{n}.txt", bytes(30_000)) for n in range(50)]), settings=settings, limits=limits
    )
    assert len(found) == 3
    assert "100,000 bytes" in error.message
    inner = pack([(f"{n}.txt", bytes(30_000)) for n in range(50)])
    found, error = whole_and_error(
        zipped([("a", inner), ("b", inner), ("c", b"1")]), settings=settings, limits=limits
    )
    assert len(found) in (2, 3)


def test_a_batch_of_more_members_than_one_may_read_in_a_call():
    limit = Limits.interactive(DEFAULT).members
    data = gzip.compress(entry(b"a") * (limit + 1) + END)
    *found, error = members(data)
    assert len(found) == limit
    assert isinstance(error, DocumentTooLarge)
    assert BATCH.members == 1_000_000


# Members by their address


def test_an_address_counts_every_entry():
    data = FIRST + header(b"folder", kind=b"5") + entry(b".DS_Store") + LAST + END
    assert [address for address, _ in container(data).members()] == [(0,), (3,)]
    assert container(data).take((3,)).data == b"2"


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_no_file_is_at_other_addresses(pack):
    inside = pack([("a.txt", b"1")])
    opened = container(pack([("x/.DS_Store", b""), ("in", inside), ("b.txt", b"2")]))
    for address in [(), (0,), (1,), (3,), (-1,), (2, 0), (1, 1), (0, 0), (1, 0, 0)]:
        with pytest.raises(DocumentNotFound):
            opened.take(address)
    assert opened.take((1, 0)).data == b"1"
    assert opened.take((2,)).data == b"2"


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_ascending_addresses_are_one_pass(pack):
    rng = random.Random(9)
    data = pack(tarred([(f"{n}", rng.randbytes(50_000)) for n in range(40)]))
    file = Watched(data)
    opened = container(file)
    for index in range(0, 40, 3):
        assert opened.take((index,)).path == str(index)
    assert file.count < 1.1 * len(data)
    assert opened.take((0,)).path == "0"


def test_the_container_last_opened_in_a_container_stays_open():
    inner = gzip.compress(tarred([(f"{n}", random.Random(n).randbytes(5000)) for n in range(20)]))
    file = Watched(zipped([("a", inner), ("b", inner)]))
    opened = container(file)
    for outer in range(2):
        for index in range(20):
            assert opened.take((outer, index)).path == f"{'ab'[outer]}/{index}"
    assert file.count < 4 * len(inner)


def test_members_may_be_taken_while_others_are_listed():
    data = gzip.compress(tarred([(f"{n}", b"%d" % n * 40_000) for n in range(6)]))
    opened = container(data)
    for address, member in opened.members():
        assert opened.take((5 - address[0],)).path == str(5 - address[0])
        assert opened.take(address) == member


def test_an_address_behind_a_cut_is_an_error_however_often():
    data = gzip.compress(tarred([(f"{n}", random.Random(n).randbytes(9000)) for n in range(5)]))
    opened = container(data[:20_000])
    for _ in range(2):
        assert opened.take((1,)).path == "1"
        for index in (2, 3, 4):
            with pytest.raises(DocumentDamaged) as caught:
                opened.take((index,))
            assert caught.value.where == "年报.tar"


names = st.lists(
    st.sampled_from(["a", "b", "a.txt", "年报", "a~2", "..", "._x"]), min_size=1, max_size=3
)
texts = st.binary(max_size=2000).map(b".".__add__)  # never the first bytes of a container
files = st.lists(st.tuples(names.map("/".join), texts), max_size=6)
packs = st.sampled_from(
    [zipped, tarred, *(lambda f, p=p: p(tarred(f)) for p in (gzip.compress, lzma.compress))]
)
trees = st.lists(
    st.tuples(
        names.map("/".join),
        st.one_of(texts, st.builds(lambda pack, f: pack(f), packs, files)),
    ),
    max_size=6,
)


def is_kept(name):
    return name.split("/")[-1] != "._x"


def expected(tree, depth=0):
    """Return the bytes of the files in a tree, in its order."""
    for name, data in tree:
        if is_kept(name):
            yield from expected(contents(data)) if containers.kind(data) else [data]


def contents(data):
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [(info.filename, archive.read(info)) for info in archive.infolist()]
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return [(info.name, archive.extractfile(info).read()) for info in archive]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@examined(max_examples=60, deadline=None)
@given(packs, trees, st.randoms(use_true_random=False))
def test_a_container_gives_what_was_put_in_by_address_in_any_order(pack, tree, rng):
    if not tree:
        return
    opened = container(pack(tree))
    found = list(opened.members())
    assert [member.data for _, member in found] == list(expected(tree))
    assert len({member.path for _, member in found}) == len(found)
    assert not any(".." in member.path.split("/") for _, member in found)
    rng.shuffle(found)
    for address, member in found:
        assert opened.take(address) == member
    for address, member in sorted(found, key=lambda pair: pair[0]):
        assert opened.take(address) == member


# What users call


@pytest.fixture
def reports(tmp_path):
    """A packed tar of two reports."""
    path = tmp_path / "年报.tar.gz"
    text = "某局2016年政府信息公开年度报告\n全年公开三条。".encode()
    path.write_bytes(gzip.compress(tarred([("甲.txt", text), ("乙.txt", text)])))
    return path


def test_members_of_a_path_begin_with_it(reports):
    first, second = nlp_reports.members(reports)
    assert (first.path, second.path) == (f"{reports}/甲.txt", f"{reports}/乙.txt")
    assert "公开三条" in read(first).text
    assert [member.path for member in nlp_reports.members(reports.read_bytes())] == [
        *("甲.txt", "乙.txt")
    ]


def test_a_tar_is_an_archive_and_what_is_no_archive_is_none(reports, tmp_path):
    assert is_archive(reports)
    lone = tmp_path / "年报.txt.gz"
    lone.write_bytes(gzip.compress("年报。".encode()))
    assert not is_archive(lone)
    assert not is_archive(tmp_path)
    assert not is_archive(tmp_path / "nothing.tar")
    assert not is_archive(reports, Settings(max_bytes=10))
    with pytest.raises(DocumentTooLarge):
        next(nlp_reports.members(reports, Settings(max_bytes=10)))


@pytest.mark.parametrize("pack", PACKINGS.values())
def test_a_tar_is_refused_by_name(pack):
    with pytest.raises(UnsupportedMedia) as caught:
        read(pack(tarred([("年报.pdf", b"%PDF-1.7\n1 0 obj")])))
    assert caught.value.message == (
        "this is a tar archive; read its files with nlp_reports.members"
    )


def test_what_is_no_container_cannot_be_opened():
    with pytest.raises(DocumentDamaged):
        container("年报。".encode())
    with pytest.raises(DocumentError):
        list(nlp_reports.members("年报。".encode()))
