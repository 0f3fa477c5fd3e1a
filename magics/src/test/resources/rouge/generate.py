"""Writes cases.json: ROUGE of awkward and of random pairs of texts by Google's rouge_score, with and without stems, and the
stems of some words by NLTK.

Needs rouge_score 0.1.2 (with nltk 3.10); run in this folder: python generate.py
"""

import json
import random

from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer

KINDS = ["rouge1", "rouge2", "rougeLsum"]
AWKWARD = [
    ("", ""),
    ("", "a word"),
    ("a word", ""),
    ("\n\n", "\n"),
    ("...", "!?"),
    ("one", "one"),
    ("One, TWO; three!", "one two three"),
    ("Tom's car isn't here", "Toms car isnt here"),
    ("the the the cat", "the cat the cat the"),
    ("a b a b a b", "b a b a"),
    ("Müller ißt Äpfel – naïve café", "muller isst apfel naive cafe"),
    ("İstanbul K 5 Kelvin", "istanbul k 5 kelvin"),
    ("日本語 text 日本", "text"),
    ("at 5:30 pm for 1,000.50 $", "at 530 pm for 1000 50"),
    ("x1y2 2nd 3rd_4th", "x1y2 2 nd 3rd 4th"),
    ("tab\there\rreturn\x0bfeed\u2028line\u00a0space", "tab here return feed line space"),
    ("first line\nsecond line\n\nthird", "third\nfirst line"),
    ("police killed the gunman\nthe gunman was ill", "the gunman\nkilled police\nill was the gunman"),
    ("w1 w2 w3 w4 w5", "w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5"),
    ("w1 w1 w2\nw1 w3", "w1 w3 w1\nw2 w1 w1"),
    ("running flies died agreed hopping relational yyyy sky", "runs fly dies agree hop relate yyyyy skies"),
]
STEMS = """caresses ponies ties caress cats dies flies feed agreed plastered bled motoring sing conflated troubled sized
hopping tanned falling hissing fizzed failing filing happy enjoy spy try spied died relational conditional rational valenci
hesitanci digitizer conformabli radically differently vilely analogously vietnamization predication operator feudalism
decisiveness hopefulness callousness formality sensitivity sensibility triplicate formative formalize electricity
electrical hopeful goodness revival allowance inference airliner gyroscopic adjustable defensible irritant replacement
adjustment dependent adoption communism activate angularity homologous effective bowdlerize probate rate cease controll
roll geology theology archaeology logi carefully fully skies sky dying news innings proceed syzygy toy saying says yes
yyyy eyed using used ageing bees 2nds 1980s abbey keyed generalizations oscillators eed need exceedingly is ion onion""".split()


def random_text(dice, words):
    return dice.choice(["\n", "\n\n", ". ", "\n "]).join(
        " ".join(dice.choice(words) for _ in range(dice.randint(0, 9))) for _ in range(dice.randint(1, 5)))


def main():
    dice = random.Random(0)
    pairs = list(AWKWARD)
    for i in range(80):
        words = dice.sample(STEMS, dice.randint(2, 12))
        pairs.append((random_text(dice, words), random_text(dice, words)))
    cases = []
    scorers = {stemmed: RougeScorer(KINDS, use_stemmer=stemmed) for stemmed in (False, True)}
    for reference, summary in pairs:
        case = {"reference": reference, "summary": summary}
        for stemmed, scorer in scorers.items():
            scores = scorer.score(reference, summary)
            case["stemmed" if stemmed else "whole"] = [float(scores[k].fmeasure) for k in KINDS]
        cases.append(case)
    stemmer = PorterStemmer()
    made = {"cases": cases, "stems": {w: stemmer.stem(w) for w in STEMS}}
    with open("cases.json", "w", encoding="utf-8") as out:
        json.dump(made, out, indent=0)
        out.write("\n")


main()
