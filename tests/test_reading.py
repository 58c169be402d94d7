"""The door: bytes, a path or a text become a `Document`, or an error that says what is wrong."""

from __future__ import annotations

import codecs
import hashlib
import os
import pickle
import random
import tracemalloc
from contextlib import suppress
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_reports import errors
from nlp_reports.errors import (
    DocumentDamaged,
    DocumentEmpty,
    DocumentError,
    DocumentNotFound,
    DocumentTooLarge,
    NotAFile,
    ReportError,
    SettingsError,
    UnsupportedMedia,
)
from nlp_reports.reading import read
from nlp_reports.settings import Settings

TEXT = (
    "鹿溪县水务局2016年政府信息公开工作年度报告\n\n"
    "一、概述\n"
    "2016年，我局在门户网站公布供水水质月报12期，受理群众来电86件，全部办结。\n"
)


def codes(document):
    return [warning.code for warning in document.warnings]


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "report.txt"
    path.write_bytes(TEXT.encode())
    return path


# What a source may be


def test_a_path_is_read_from_disk(report):
    document = read(report)
    assert document.text == TEXT
    assert document.source.path == str(report)
    assert document.source.encoding == "utf-8"
    assert document.source.media_type == "text/plain"
    assert document.warnings == ()


def test_a_path_may_be_a_string(report):
    assert read(str(report)) == read(report)


def test_bytes_have_no_path():
    document = read(TEXT.encode())
    assert (document.text, document.source.path, document.source.encoding) == (TEXT, None, "utf-8")


@pytest.mark.parametrize("text", [TEXT, "没有换行的一句话。", "没有句号的两行\n文字"])
def test_a_string_with_a_line_break_or_a_full_stop_is_text(text):
    document = read(text)
    assert (document.text, document.source.path, document.source.encoding) == (text, None, None)


def test_a_string_without_either_is_a_path():
    with pytest.raises(DocumentNotFound):
        read("鹿溪县水务局年度报告")


def test_a_path_object_is_a_path_even_when_its_name_reads_like_a_text(tmp_path):
    path = tmp_path / "第一行\n第二行。.txt"
    path.write_bytes(TEXT.encode())
    assert read(path).text == TEXT


def test_a_file_name_that_is_no_utf8_is_read(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), "报告.txt".encode("gbk"))
    with open(path, "wb") as file:
        file.write(TEXT.encode())
    assert read(Path(os.fsdecode(path))).text == TEXT


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_sha256_is_taken_over_the_bytes(tmp_path, encoding):
    data = TEXT.encode(encoding)
    path = tmp_path / "report.txt"
    path.write_bytes(data)
    expected = hashlib.sha256(data).hexdigest()
    assert read(path).source.sha256 == read(data).source.sha256 == expected


def test_sha256_of_a_text_is_that_of_its_utf8_form():
    assert read(TEXT).source.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()


def test_a_text_with_half_a_surrogate_pair_is_no_crash():
    assert read("半个字符\ud842。").text == "半个字符\ud842。"


def test_a_document_pickles():
    document = read(TEXT)
    assert pickle.loads(pickle.dumps(document)) == document


# Encodings


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        pytest.param(TEXT.encode("utf-8"), "utf-8", id="utf-8"),
        pytest.param(TEXT.encode("utf-8-sig"), "utf-8-sig", id="utf-8 with mark"),
        pytest.param(TEXT.encode("gb2312"), "gb18030", id="gb2312"),
        pytest.param(TEXT.encode("gb18030"), "gb18030", id="gb18030"),
        pytest.param(codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), "utf-16", id="utf-16 le mark"),
        pytest.param(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16", id="utf-16 be mark"),
        pytest.param(TEXT.encode("utf-16-le"), "utf-16-le", id="utf-16 le"),
        pytest.param(TEXT.encode("utf-16-be"), "utf-16-be", id="utf-16 be"),
        pytest.param(TEXT.encode("utf-32"), "utf-32", id="utf-32 with mark"),
    ],
)
def test_the_encoding_is_found(data, encoding):
    document = read(data)
    assert document.text == TEXT
    assert document.source.encoding == encoding
    assert document.warnings == ()


@pytest.mark.parametrize("character", ["𠮷", "㐂", "\u0303", "€"])
def test_gb18030_with_characters_beyond_gbk(character):
    text = f"联系人为{character}村村委会主任。\n地址在鹿溪县柳岸路三号。\n"
    assert read(text.encode("gb18030")).text == text


def test_four_byte_characters_of_gb18030():
    assert len("𠮷㐂".encode("gb18030")) == 8  # so the test above means what it says


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_file_cut_inside_its_last_character(encoding):
    whole = "全年共接待来访群众三百余人次，发放宣传册一千多份，群众反映良好，效果明显"
    data = whole.encode(encoding)[:-1]
    document = read(data)
    assert document.text.rstrip("\ufffd") == whole[:-1]
    assert codes(document) == ["unreadable_characters"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_one_stray_byte_spoils_one_character_only(encoding):
    first, second = TEXT[:40], TEXT[40:]
    document = read(first.encode(encoding) + b"\xff" + second.encode(encoding))
    assert document.text == f"{first}\ufffd{second}"
    assert document.source.encoding == encoding
    assert codes(document) == ["unreadable_characters"]


def test_private_use_characters_are_reported():
    assert codes(read("行政许可\ue5e5事项公开。")) == ["private_characters"]


def test_line_ends_are_kept_as_they_stand(tmp_path):
    text = TEXT.replace("\n", "\r\n")
    path = tmp_path / "report.txt"
    path.write_bytes(text.encode())
    assert read(path).text == text


@given(st.text(st.sampled_from("条例°€½éЖ㈠⼀\ue000𠮷😀\u3000\xa0\t\r\n<%{")))
def test_any_text_in_utf8_comes_back(text):
    text = "报告正文。" + text
    assert read(text.encode()).text == text


@given(st.text(st.sampled_from("政府信息公开工作，。；《》（）0123456789 \n𠮷㐂亿项％")))
def test_any_chinese_text_in_gb18030_comes_back(text):
    text = "鹿溪县水务局公开年报。" + text
    assert read(text.encode("gb18030")).text == text


@given(st.binary(min_size=0, max_size=200))
def test_any_bytes_are_a_document_or_a_document_error(data):
    with suppress(DocumentError):
        assert read(data).text


# What is refused


def test_a_missing_file(tmp_path):
    with pytest.raises(DocumentNotFound) as caught:
        read(tmp_path / "无此文件.txt")
    assert caught.value.where == str(tmp_path / "无此文件.txt")


def test_a_folder(tmp_path):
    with pytest.raises(NotAFile, match="folder"):
        read(tmp_path)


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(NotAFile):
        read(path)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device(device):
    with pytest.raises(NotAFile):
        read(device)


@pytest.mark.parametrize("name", ["a\x00b.txt", "长" * 300 + ".txt"])
def test_a_name_no_file_can_have(name):
    with pytest.raises(DocumentNotFound) as caught:
        read(name)
    assert caught.value.where == name


def test_a_file_as_folder(report):
    with pytest.raises(DocumentNotFound):
        read(report / "inner.txt")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(report):
    report.chmod(0)
    with pytest.raises(DocumentNotFound, match="opened"):
        read(report)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="no byte"),
        pytest.param(b" \t\r\n\n", id="white space"),
        pytest.param("\u3000\u3000\n\xa0\x0c".encode(), id="Chinese blanks"),
        pytest.param(codecs.BOM_UTF8, id="a mark alone"),
        pytest.param(codecs.BOM_UTF8 + "\u200b\n".encode(), id="a mark and an invisible character"),
        pytest.param(codecs.BOM_UTF16_LE, id="a UTF-16 mark alone"),
        pytest.param(" \n \n".encode("utf-16"), id="white space in UTF-16"),
        pytest.param(
            "\u2003\u2002\x0b\u2028".encode(),
            id="other blanks of Unicode",
        ),
    ],
)
def test_nothing_to_read(tmp_path, data):
    path = tmp_path / "empty.txt"
    path.write_bytes(data)
    with pytest.raises(DocumentEmpty) as caught:
        read(path)
    assert caught.value.where == str(path)
    with pytest.raises(DocumentEmpty):
        read(data)


def test_a_blank_text():
    with pytest.raises(DocumentEmpty):
        read("\u3000\n \n")


PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x04\x00\x00\x00\x03\x00\x08\x06\x00\x00\x00"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        pytest.param(random.Random(7).randbytes(4000), "no text", id="random bytes"),
        pytest.param(PNG + random.Random(8).randbytes(900), "no text", id="png"),
        pytest.param(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(200), "no text", id="jpeg"),
        pytest.param(b"\x00" * 1000, "no text", id="zeros"),
        pytest.param(b"PK\x03\x04\x14\x00\x06\x00" + bytes(60), "zip", id="zip"),
        pytest.param(b"{\\rtf1\\ansi\\ansicpg936 text}", "RTF", id="rtf"),
        pytest.param(
            b"From: <saved>\r\nSubject: report\r\nMIME-Version: 1.0\r\n\r\n<html>",
            "MHTML",
            id="mhtml",
        ),
    ],
)
def test_other_media_are_refused_by_name(tmp_path, data, named):
    path = tmp_path / "report.txt"
    path.write_bytes(data)
    with pytest.raises(UnsupportedMedia, match=named) as caught:
        read(path)
    assert caught.value.where == str(path)


def test_lines_that_look_like_the_head_of_a_saved_page_take_no_time():
    began = process_time()
    assert read(b"a:\r\n" * 1000 + b"x").source.media_type == "text/plain"
    assert process_time() - began < 1


@pytest.mark.parametrize(
    ("data", "error"),
    [
        pytest.param(b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\n", DocumentDamaged, id="pdf"),
        pytest.param(OLE, DocumentDamaged, id="ole"),
        pytest.param(b'<?xml version="1.0"?><report/>', DocumentEmpty, id="xml"),
    ],
)
def test_the_medium_is_told_by_the_bytes_not_by_the_name(tmp_path, data, error):
    path = tmp_path / "report.txt"
    path.write_bytes(data)
    with pytest.raises(error) as caught:
        read(path)
    assert caught.value.where == str(path)


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><p>年报。</p>",
        "\ufeff\r\n <HTML><body>年报。",
        "\n\n<!-- cms --><div>年报。</div>",
    ],
)
def test_a_page_is_told_by_its_markup(page):
    document = read(page.encode())
    assert document.source.media_type == "text/html"
    assert document.text == "年报。"


@pytest.mark.parametrize(
    "text", ["网页以<html>开头，文件以%PDF开头。\n", "本站提供%PDF-1.4格式下载。\n"]
)
def test_a_text_may_speak_of_markup(text):
    assert read(text.encode()).text == text


# Size


def test_the_size_limit_is_inclusive(report):
    size = report.stat().st_size
    assert read(report, Settings(max_bytes=size)).text == TEXT
    with pytest.raises(DocumentTooLarge) as caught:
        read(report, Settings(max_bytes=size - 1))
    assert caught.value.where == str(report)
    assert f"{size:,}" in str(caught.value)


@pytest.mark.parametrize("source", [TEXT, TEXT.encode()])
def test_the_size_limit_holds_in_memory_too(source):
    with pytest.raises(DocumentTooLarge):
        read(source, Settings(max_bytes=20))


def test_a_file_too_large_is_not_read(tmp_path):
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(4 << 30)  # a hole of 4 GiB, no disk used
    tracemalloc.start()
    try:
        with pytest.raises(DocumentTooLarge):
            read(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.skipif(not Path("/proc/cpuinfo").is_file(), reason="needs a file that hides its size")
def test_a_file_that_hides_its_size_is_read_up_to_the_limit_only():
    assert Path("/proc/cpuinfo").stat().st_size == 0
    with pytest.raises(DocumentTooLarge):
        read("/proc/cpuinfo", Settings(max_bytes=10))


# Errors


ERRORS = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, ReportError)
]


@pytest.mark.parametrize("kind", ERRORS)
def test_errors_pickle_and_say_where(kind):
    error = kind("what is wrong", "folder/report.txt")
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert (back.message, back.where) == ("what is wrong", "folder/report.txt")
    assert str(back) == str(error) == "folder/report.txt: what is wrong"
    assert str(kind("what is wrong")) == "what is wrong"


def test_an_error_of_a_file_names_it_and_pickles(tmp_path):
    path = tmp_path / "report.txt"
    path.write_bytes(b"%PDF-1.4")
    for source in (path, tmp_path, tmp_path / "none"):
        with pytest.raises(DocumentError) as caught:
            read(source)
        back = pickle.loads(pickle.dumps(caught.value))
        assert str(back) == str(caught.value)
        assert str(back).startswith(str(source))
        assert "\n" not in str(back)


@pytest.mark.parametrize(
    "options",
    [
        {"max_bytes": 0},
        {"max_characters": 0},
        {"max_unpacked": -1},
        {"engine": "hanlp"},
        {"threshold": 1.01},
        {"threshold": -0.1},
        {"threshold": float("nan")},
    ],
)
def test_settings_out_of_range(options):
    with pytest.raises(SettingsError) as caught:
        Settings(**options)
    assert next(iter(options)) in str(caught.value)
