"""Trains the reaction classifier on the labelled train rows and writes resources/judge/classifier.npz.

    .venv/bin/python -m tools.train_judge            # prints cross-validated figures, then trains on all train rows
    .venv/bin/python -m tools.train_judge --measure  # the figures on the test and blind rows; trains nothing

Temperature and threshold come from out-of-fold predictions. Test and blind rows play no part in training.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence

import numpy as np
import scipy.sparse as sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, StratifiedKFold

import resources
from assistant.judge.case import SCORES
from assistant.judge.classifier import ClassifierJudge
from assistant.judge.exam import examine, tables
from assistant.judge.features import BUCKETS, Features, features
from assistant.judge.labelled import Labelled, labelled
from assistant.judge.rules import RulesJudge
from assistant.judge.scoring import calibration_error, figures
from assistant.judge.weights import FILE, Linear, Weights, quantised, read, save

CATEGORY_C = 6.0
SCOPE_C = 1.0
DENSE_WEIGHT = 0.1
FOLDS = 5
MOST_FALSE_MINUS1 = 0.02
"""Share of other rows judged -1 that the threshold allows, out of fold."""


def main() -> None:
    """Trains or measures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measure", action="store_true", help="figures on test and blind rows")
    if parser.parse_args().measure:
        return measure()
    rows = labelled("train")
    seen = [features(row.case) for row in rows]
    weights = train(rows, seen)
    save(weights, resources.path(FILE))
    print(f"{len(rows)} rows, {resources.path(FILE).stat().st_size / 1e6:.2f} MB, threshold {weights.threshold:.2f}")
    return None


def measure() -> None:
    """Rules and classifier on what neither was made from."""
    for split in ("test", "blind"):
        rows = labelled(split)
        for judge in (RulesJudge(), ClassifierJudge(read(resources.path(FILE)))):
            print(f"\n== {split}, {len(rows)} rows\n{tables(examine(judge, rows))}")


def train(rows: Sequence[Labelled], seen: Sequence[Features]) -> Weights:
    """The weights, with temperature and threshold from rows that each fold did not see."""
    user = [at for at, row in enumerate(rows) if row.case.role == "user"]
    mine, looks = [rows[at] for at in user], [seen[at] for at in user]
    names = np.array([row.category for row in mine])
    for how, folds in (("folds", _folds(names)), ("sources left out", _sources(mine))):
        logits, classes = out_of_fold(looks, names, folds)
        temperature = fitted_temperature(logits, names, classes)
        minus, scores = score_chances(logits / temperature, classes)
        threshold = least_threshold(minus, mine)
        print(f"{how}: {described(scores, minus, mine, threshold)}, temperature {temperature:.2f}")
        if how == "folds":
            kept = temperature, threshold
    category = joined(rows, seen)
    return Weights(category, scope_layer(mine, looks), *kept)


def joined(rows: Sequence[Labelled], seen: Sequence[Features]) -> Linear:
    """One layer for both roles: user categories from user rows, tool categories from tool rows."""
    layers = []
    for tool in (False, True):
        at = [one for one, row in enumerate(rows) if (row.case.role == "tool") == tool]
        layers.append(fit([seen[one] for one in at], np.array([rows[one].category for one in at]), CATEGORY_C))
    classes = tuple(name for names, *_ in layers for name in names)
    parts = [np.concatenate(one, axis=-1) for one in zip(*(layer[1:] for layer in layers), strict=True)]
    return quantised(classes, *parts)


def scope_layer(rows: Sequence[Labelled], seen: Sequence[Features]) -> Linear:
    """The scope reader, trained on all user rows."""
    names, table, dense, bias = fit(seen, np.array([row.scope for row in rows]), SCOPE_C)
    return quantised(names, table, dense, bias)


def fit(
    seen: Sequence[Features], names: np.ndarray, strength: float
) -> tuple[tuple[str, ...], *tuple[np.ndarray, ...]]:
    """Classes, hashed weights [BUCKETS, C], dense weights [D, C] for raw features, bias [C]."""
    dense = np.array([one.dense for one in seen])
    mean, spread = dense.mean(0), (dense.std(0) + 0.1) / DENSE_WEIGHT
    both = sparse.hstack([hashed(seen), sparse.csr_matrix((dense - mean) / spread)]).tocsr()
    model = LogisticRegression(C=strength, max_iter=500).fit(both, names)
    coef, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        coef, bias = np.vstack([-coef / 2, coef / 2]), np.array([-bias[0] / 2, bias[0] / 2])
    raw = (coef[:, BUCKETS:] / spread).T
    return tuple(map(str, model.classes_)), coef[:, :BUCKETS].T, raw, bias - mean @ raw


def hashed(seen: Sequence[Features]) -> sparse.csr_matrix:
    """The hashed features as a matrix [rows, BUCKETS]."""
    ends = np.cumsum([0, *(len(one.at) for one in seen)])
    values, columns = (np.concatenate([getattr(one, name) for one in seen]) for name in ("value", "at"))
    return sparse.csr_matrix((values, columns, ends), shape=(len(seen), BUCKETS))


def _folds(names: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    return list(StratifiedKFold(FOLDS, shuffle=True, random_state=1).split(names, names))


def _sources(rows: Sequence[Labelled]) -> list[tuple[np.ndarray, np.ndarray]]:
    groups = [row.source for row in rows]
    return list(LeaveOneGroupOut().split(groups, groups=groups))


def out_of_fold(
    seen: Sequence[Features], names: np.ndarray, folds: Sequence[tuple[np.ndarray, np.ndarray]]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Logits [rows, C] by models that did not see the row."""
    classes = tuple(sorted(set(names)))
    logits = np.zeros((len(seen), len(classes)))
    for known, new in folds:
        made, table, dense, bias = fit([seen[at] for at in known], names[known], CATEGORY_C)
        assert made == classes
        layer = quantised(made, table, dense, bias)
        logits[new] = [layer.logits(seen[at]) for at in new]
    return logits, classes


def fitted_temperature(logits: np.ndarray, names: np.ndarray, classes: tuple[str, ...]) -> float:
    """The temperature at which the right categories are likeliest."""
    right = np.array([classes.index(name) for name in names])

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        scaled = scaled - scaled.max(1, keepdims=True)
        return float(np.mean(np.log(np.exp(scaled).sum(1)) - scaled[np.arange(len(right)), right]))

    return min(np.arange(0.4, 4.0, 0.02), key=loss)


def score_chances(logits: np.ndarray, classes: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """P(-1) [rows], and P of (+1, 0, -1) [rows, 3]."""
    powers = np.exp(logits - logits.max(1, keepdims=True))
    chances = powers / powers.sum(1, keepdims=True)
    worth = np.array([SCORES[one] for one in classes])  # type: ignore[index]
    scores = np.stack([chances[:, worth == one].sum(1) for one in (1, 0, -1)], axis=1)
    return scores[:, 2], scores


def least_threshold(minus: np.ndarray, rows: Sequence[Labelled]) -> float:
    """The lowest threshold at which few enough other rows are judged -1."""
    others = np.array([chance for chance, row in zip(minus, rows, strict=True) if row.score != -1])
    return float(np.quantile(others, 1 - MOST_FALSE_MINUS1) + 1e-6)


def described(scores: np.ndarray, minus: np.ndarray, rows: Sequence[Labelled], threshold: float) -> str:
    """Out-of-fold figures in a line."""
    free = np.array([1, 0, -1])[scores.argmax(1)]
    held = np.where(minus >= threshold, -1, np.where(free == 1, 1, 0))
    labels = [row.score for row in rows]
    error = calibration_error([(float(scores[at].max()), bool(free[at] == label)) for at, label in enumerate(labels)])
    parts = []
    for name, made in (("likeliest score", free), (f"-1 from {threshold:.2f} on", held)):
        one = figures(zip(labels, made.tolist(), strict=True))
        parts.append(f"{name}: macro-F1 {one.macro_f1:.3f}, false -1 {one.false_minus1:.3f}")
    return f"{len(rows)} user rows {dict(Counter(labels))}; {'; '.join(parts)}; calibration error {error:.3f}"


if __name__ == "__main__":
    main()
