"""The house rules: who imports whom, what is loaded when, who reads the resources."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nlp_reports
from nlp_reports import lexicon

PACKAGE = Path(nlp_reports.__file__).parent

# The rows of the house, top first. A module imports from rows above its own, and a package's
# modules stand among each other in the order written: left before right. ``a | b`` shares a row:
# neither imports the other.
ROWS = """
errors | schema
settings
lexicon
text | numerals
catalogue
tokens
reading.content
reading.plain | reading.numbering
reading.containers.limits | reading.containers.names | reading.containers.sources
reading.containers.packing | reading.containers.entries
reading.containers.zips | reading.containers.streams
reading.containers.tars
reading.containers.formats | reading.containers.readers
reading.containers
reading.html.page | reading.html.grid
reading.html.tables | reading.html.head
reading.html.markup | reading.html.article
reading.html
reading.docx.markup
reading.docx.parts | reading.docx.styles | reading.docx.characters | reading.docx.tables
reading.docx.lists | reading.docx.view
reading.docx
reading.doc.file | reading.doc.layout
reading.doc.properties | reading.doc.lists | reading.doc.tables
reading.doc.text
reading.doc.paragraphs
reading.doc.marks
reading.doc
reading.pdf.drawing
reading.pdf.sheet
reading.pdf.lines
reading.pdf.lattice | reading.pdf.marks
reading.pdf.stitching
reading.pdf.flow
reading.pdf
reading
forms.labels | forms.values
forms.places | forms.columns
forms.alignment | forms.runs | forms.arithmetic
forms.cuts
forms.cells
forms
structure.lines
structure.headings | structure.metadata | structure.layout
structure.grids
structure.paragraphs
structure
segments
topics.features
topics.encoder
topics.model
topics.store | topics.explanation
topics.vectors
topics
statistics.context | statistics.notation
statistics.denials
statistics.subjects | statistics.mentions
statistics.scope
statistics.indicators
statistics
records
annotation | scoring
corpus.collection | corpus.rows
corpus.folder | corpus.texts
corpus
evaluation
suggestion
training.recipe | training.learning | training.space
training.card
training
estimator | pipeline
batch.storage | batch.frames | batch.watching | batch.summary | batch.tables | batch.relations | batch.metadata
batch.about | batch.lock | batch.engines
batch.child | batch.places | batch.service | batch.shards
batch.guard
batch.work
batch.plan | batch.exports | batch.opened
batch.run
batch
display.layout
display.report | display.scores | display.summary
display
cli.options | cli.sources
cli.tag | cli.learn | cli.archive
cli
""".strip().splitlines()

ROW = {name.strip(): number for number, row in enumerate(ROWS) for name in row.split("|")}
FACES = {"__init__", "__main__"}  # the public face and the command: both import on demand

# An import down the house that is made inside a function, and why.
EXCEPTIONS = {
    ("topics.model", "topics.store"): "a pickled model is loaded from its folder again",
}

HEAVY = {
    "sklearn", "spacy", "jieba", "rjieba", "numpy", "scipy", "joblib", "lxml", "pypdfium2", "olefile",
    "pyarrow", "pandas", "duckdb", "fsspec",
}  # fmt: skip


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


SOURCES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(name: str, tree: ast.AST) -> set[str]:
    """Return the package's own modules that a module imports, wherever the import stands."""
    path = SOURCES[name]
    home = ["nlp_reports", *path.relative_to(PACKAGE).parts[:-1]]
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = home[: len(home) - node.level + 1] if node.level else []
            module = ".".join([*base, *(node.module.split(".") if node.module else [])])
            targets = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        for target in targets:
            if target.split(".")[0] == "nlp_reports":
                found.add(nearest(target.removeprefix("nlp_reports").removeprefix(".")))
    return found - {""}


def nearest(dotted: str) -> str:
    """Return the module that holds a dotted name: ``text.fold`` lives in ``text``."""
    while dotted and dotted not in SOURCES:
        dotted = dotted.rpartition(".")[0]
    return dotted


def breaches(name: str, tree: ast.AST) -> list[str]:
    return sorted(
        target
        for target in imports(name, tree)
        if ROW[target] >= ROW[name] and (name, target) not in EXCEPTIONS
    )


def test_every_module_has_its_row():
    assert set(SOURCES) - FACES == set(ROW)


@pytest.mark.parametrize("name", sorted(set(SOURCES) - FACES))
def test_a_module_imports_from_rows_above_its_own_only(name):
    assert breaches(name, ast.parse(SOURCES[name].read_text("utf-8"))) == []


def test_exceptions_to_the_rule_are_used_and_stand_inside_a_function():
    for name, target in EXCEPTIONS:
        tree = ast.parse(SOURCES[name].read_text("utf-8"))
        assert target in imports(name, tree)
        outside = ast.Module(
            [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)], []
        )
        assert target not in imports(name, outside)


@pytest.mark.parametrize(
    ("name", "line", "breach"),
    [
        ("errors", "from . import cli", "cli"),
        ("errors", "from .pipeline import load", "pipeline"),
        ("text", "import nlp_reports.tokens", "tokens"),
        ("text", "from nlp_reports.tokens import Tokenizer", "tokens"),
        ("structure.lines", "from ..segments import split", "segments"),
        ("structure.lines", "from .grids import find", "structure.grids"),
        ("structure.lines", "from . import structure", "structure"),
        ("schema", "def late():\n    from .errors import ReportError", "errors"),
    ],
)
def test_the_rule_sees_a_breach_however_it_is_written(name, line, breach):
    assert breaches(name, ast.parse(line)) == [breach]


def test_the_rule_allows_what_stands_above():
    assert breaches("pipeline", ast.parse("from .schema import Report\nimport json")) == []
    assert breaches("structure.grids", ast.parse("from ..text import fold")) == []


def test_no_module_is_called_util():
    assert not [
        name for name in SOURCES if re.search(r"\b(util|utils|helpers|common|misc)\b", name)
    ]


# What is loaded when


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a fresh interpreter that finds the same package as this one."""
    isolated = ["-I"] if sys.flags.isolated else []
    return subprocess.run(
        [sys.executable, *isolated, *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def loaded_by(code: str) -> set[str]:
    """Return the top-level names of all modules loaded once `code` has run."""
    tail = "\nimport json, sys; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    result = python("-c", code + tail)
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout.splitlines()[-1]))


def test_importing_the_package_loads_nothing_heavy():
    loaded = loaded_by("import nlp_reports")
    assert "nlp_reports" in loaded
    assert loaded & HEAVY == set()


def test_reading_and_counting_need_no_library():
    code = "import nlp_reports; nlp_reports.read('年报。'); nlp_reports.quantities('公开三条。')"
    assert loaded_by(code) & HEAVY == set()


def test_asking_for_help_loads_nothing_heavy():
    code = (
        "import sys; from nlp_reports.cli import main\n"
        "for arguments in (['--help'], ['tag', '--help'], ['--version']):\n"
        "    try: main(arguments)\n"
        "    except SystemExit as stop: assert not stop.code\n"
    )
    assert loaded_by(code) & HEAVY == set()


def test_python_m_asked_for_help_loads_nothing_heavy():
    result = python("-X", "importtime", "-m", "nlp_reports", "--help")
    assert result.returncode == 0
    assert "usage: nlp-reports" in result.stdout
    loaded = set(re.findall(r"\| +([\w.]+)$", result.stderr, re.MULTILINE))
    assert "nlp_reports.cli" in loaded
    assert {name.split(".")[0] for name in loaded} & HEAVY == set()


def test_tagging_loads_no_training_library():
    loaded = loaded_by(
        "import nlp_reports; nlp_reports.tag('某局2016年政府信息公开年度报告\\n全年公开三条。')"
    )
    assert {"numpy", "rjieba"} <= loaded
    assert loaded & {"sklearn", "scipy", "joblib", "jieba", "spacy"} == set()


# The public face


@pytest.mark.parametrize("name", nlp_reports.__all__)
def test_every_public_name_is_there_and_stays_itself(name):
    first = getattr(nlp_reports, name)
    assert getattr(nlp_reports, name) is first
    assert not isinstance(first, type(nlp_reports))


def test_public_names_are_sorted_and_named_once():
    assert list(nlp_reports.__all__) == sorted(set(nlp_reports.__all__))
    assert set(dir(nlp_reports)) >= set(nlp_reports.__all__)


def test_no_public_name_is_a_module_of_the_package():
    top = {name.split(".")[0] for name in SOURCES}
    assert set(nlp_reports.__all__) & top == set()


def test_the_names_a_user_meets_are_public():
    assert {"tag", "load", "read", "quantities", "train", "evaluate"} <= set(nlp_reports.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = nlp_reports.no_such_name


def test_type_checkers_see_the_same_names():
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    (block,) = [
        node
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    seen = {alias.asname for node in block.body for alias in node.names}
    assert seen == set(nlp_reports.__all__) - {"__version__"}


# Resources


def test_only_the_lexicon_reads_resources():
    telling = re.compile(
        r"importlib\.resources|importlib import .*resources|\.tsv['\"]|\bpkgutil\b"
    )
    readers = {
        name for name, path in SOURCES.items() if telling.search(code_of(path.read_text("utf-8")))
    }
    assert "lexicon" in readers
    # The store opens a model's folder, corpus.folder a corpus' own; neither reads the package's.
    assert readers - {"lexicon", "topics.store", "corpus.folder"} == set()


def test_the_store_opens_no_table():
    assert ".tsv" not in SOURCES["topics.store"].read_text("utf-8")


def code_of(source: str) -> str:
    """Return a source without comments and docstrings, which may speak of tables."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            node.body[0] = ast.Pass()
    return ast.unparse(tree)


def test_every_warning_has_a_chinese_text_and_a_line_in_the_docs():
    sources = "\n".join(path.read_text("utf-8") for path in SOURCES.values())
    codes = set(re.findall(r'\bWarning\(\s*"(\w+)"', sources))
    listed = set(lexicon.column("warnings", "code"))
    assert codes <= listed
    documented = (
        (PACKAGE.parent / "docs" / "records.md") if (PACKAGE.parent / "docs").is_dir() else None
    )
    if documented:
        text = documented.read_text("utf-8")
        assert [code for code in sorted(listed) if f"`{code}`" not in text] == []


def test_every_table_is_asked_for_by_some_module():
    sources = "\n".join(path.read_text("utf-8") for path in SOURCES.values())
    for path in (PACKAGE / "resources").glob("*.tsv"):
        assert re.search(rf"(?:table|column|mapping)\(\s*\"{path.stem}\"", sources), path.name


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "resources").glob("*.tsv")), ids=lambda p: p.stem
)
def test_a_table_is_well_formed(path):
    lines = [line for line in path.read_text("utf-8").splitlines() if line and line[0] != "#"]
    columns = lines[0].split("\t")
    assert len(set(columns)) == len(columns)
    assert len(lines) > 1
    assert [line for line in lines[1:] if len(line.split("\t")) > len(columns)] == []
    assert len(set(lines)) == len(lines)
