"""Training on 10,000 news titles in 10 classes, ours and others: accuracy and CPU time in one run.

Run by ``scripts/texts``, which fetches the titles. Prints a Markdown table: three splits of four fifths to learn
and one to test, drawn with seeds 0, 1, 2; CPU seconds of learning alone, tokenization included.
"""

import random
import sys
import time
import warnings
from statistics import mean

from nlp_reports import corpus, evaluation
from nlp_reports.training import Recipe, fit

warnings.simplefilter("ignore")
import jieba  # noqa: E402
from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.svm import LinearSVC  # noqa: E402

SPLITS = (0, 1, 2)


def ours(**options):
    def learn(train):
        model = fit(train, Recipe(**options)).model
        return lambda test: evaluation.evaluate(model, test).exact

    return learn


def sklearn(classifier, ngrams):
    def learn(train):
        texts, labels = columns(train)
        words = TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, ngram_range=(1, ngrams))
        fitted = classifier.fit(words.fit_transform(texts), labels)

        def score(test):
            texts, labels = columns(test)
            return fitted.score(words.transform(texts), labels)

        return score

    return learn


def fasttext(train):
    import tempfile

    import fasttext

    texts, labels = columns(train)
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for text, label in zip(texts, labels, strict=True):
            file.write(f"__label__{label} {' '.join(jieba.lcut(text))}\n")
        file.flush()
        model = fasttext.train_supervised(
            file.name, epoch=25, lr=0.5, wordNgrams=2, minn=1, maxn=2, thread=1, seed=1, verbose=0
        )

    def score(test):
        texts, labels = columns(test)
        # The binding below `predict`, which numpy 2 breaks.
        found = (model.f.predict(f"{' '.join(jieba.lcut(t))}\n", 1, 0.0, "strict") for t in texts)
        return mean(f[0][1] == f"__label__{label}" for f, label in zip(found, labels, strict=True))

    return score


def columns(part):
    pairs = [(s.text, s.topics[0]) for p in part.paragraphs for s in p.segments]
    return zip(*pairs, strict=True)


TOOLS = {
    "nlp_reports": ours(),
    "nlp_reports, no word vectors": ours(vectors=False),
    "jieba + TF-IDF + LinearSVC": sklearn(LinearSVC(), 1),
    "jieba + TF-IDF (1, 2) + LogisticRegression": sklearn(LogisticRegression(max_iter=1000), 2),
    "fastText (25 epochs, characters 1–2)": fasttext,
}


def main():
    jieba.setLogLevel("ERROR")
    jieba.initialize()
    titles = corpus.read(sys.argv[1], columns=corpus.Columns(names=("label", "text")))
    print("| tool | accuracy | each split | CPU s to learn |\n|---|---|---|---|")
    for name, learn in TOOLS.items():
        scores, times = [], []
        for seed in SPLITS:
            documents = sorted(titles.documents)
            random.Random(seed).shuffle(documents)
            held = documents[: len(documents) // 5]
            start = time.process_time()
            score = learn(titles.only(set(documents) - set(held)))
            times.append(time.process_time() - start)
            scores.append(score(titles.only(held)))
        each = ", ".join(f"{s:.3f}" for s in scores)
        print(f"| {name} | {mean(scores):.4f} | {each} | {mean(times):.1f} |", flush=True)


if __name__ == "__main__":
    main()
