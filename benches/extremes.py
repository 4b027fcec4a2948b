#!/usr/bin/env python3
"""Corpora at the edges of what one should analyse, to see that each is finished, or refused with a reason.

    ./extremes.py --article 50 > article.csv        one article of 50 MB among ten of ordinary length
    ./extremes.py --lines 1000000 > lines.csv       one-line articles of some 60 characters
    ./extremes.py --event 5000 > event.csv          articles of one story, each of another source
    ./extremes.py --sources 10000 > sources.csv     sources with an article each, five to a story
    ./extremes.py --stories 1000 > stories.csv      stories of three articles, 30 sources
    parallax analyze event.csv --engine portable --precision int8 --out reports/event

All words are made up. The articles of a story state facts of one list in wordings of their own, so that facts and contrasts
are found and no article is a reprint. Same seed, same bytes. docs/reliability.md says what came of them.

Python 3.9 or later, no packages.
"""

import argparse
import csv
import datetime
import random
import sys

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
kind = parser.add_mutually_exclusive_group(required=True)
kind.add_argument("--article", type=int, metavar="MB")
kind.add_argument("--lines", type=int, metavar="N")
kind.add_argument("--event", type=int, metavar="N")
kind.add_argument("--sources", type=int, metavar="N")
kind.add_argument("--stories", type=int, metavar="N")
parser.add_argument("--sentences", type=int, default=8, help="of each article of a story, at most 14 (default 8)")
parser.add_argument("--seed", type=int, default=1)
args = parser.parse_args()
chance = random.Random(args.seed)

FIRST = "Ada Boris Clara Dmitri Edith Farid Greta Hugo Ines Jonas Karin Leon Mira Nils Olga Pavel Quinn Rosa Stefan Tilda".split()
LAST = ["Ash", "Berg", "Cole", "Dorn", "Ekman", "Fisk", "Grau", "Holt", "Ivers", "Jansen", "Keel", "Lund", "Marsh", "Noll", "Orr"]
LAST += [a + b for a in ("Brand", "Fair", "Green", "Hart", "Stein", "Wester") for b in ("holm", "field", "wick", "mann", "ley")]
START = ["Al", "Bor", "Cas", "Dun", "El", "Far", "Gren", "Hol", "Is", "Jor", "Kel", "Lor", "Mar", "Nor", "Os", "Pel", "Ros", "Sal", "Tor", "Ul"]
MIDDLE = ["", "be", "da", "la", "me", "ni", "ra", "so", "ta", "vi"]
END = ["bridge", "burg", "dale", "ford", "ham", "haven", "mouth", "port", "stad", "ton", "vik", "wood"]
THINGS = ["bridge", "hospital", "harbour", "school", "tunnel", "stadium", "library", "reservoir", "power station", "museum",
          "airport", "prison", "tram line", "fish market", "steel works", "dairy", "theatre", "quarry", "sea wall", "archive"]
EVENTS = ["closure", "fire", "sale", "flooding", "collapse", "opening", "strike", "inspection", "rebuilding", "theft"]

# A list of facts; every one in three wordings with a choice of words.
FACTS = [
    ["The {thing} in {place} was {shut} on {day} after the {event}.",
     "On {day} the {event} {forced} {place} to do without its {thing}.",
     "{place} lost its {thing} on {day}, when the {event} {hit}."],
    ["About {jobs} people {fear} for their jobs at the {thing}.",
     "The {event} {threatens} {jobs} jobs, most of them at the {thing}.",
     "Some {jobs} workers of the {place} {thing} {face} the loss of their jobs."],
    ["Repairs will cost ${cost} million, according to the council of {place}.",
     "The council puts the bill for the {thing} at ${cost} million, {steep} sum.",
     "Mending what the {event} did to the {thing} takes ${cost} million, the council said."],
    ["{who}, who leads the council, {said} that nobody had been warned.",
     "Nobody was warned, {said} {who}, the head of the council.",
     "No warning had come, {who} {said} at the {thing}."],
    ["{rival} of the opposition {blamed} {who} for the {event}.",
     "The opposition's {rival} {blamed} the {event} on {who}.",
     "{who} is to blame for the {event}, {rival} of the opposition {said}."],
    ["An inquiry into the {event} will report within {weeks} weeks.",
     "It will take {weeks} weeks until the inquiry {says} what led to the {event}.",
     "Investigators have {weeks} weeks to {explain} the {event} in {place}."],
    ["{hurt} people were hurt, two of them badly.",
     "The {event} left {hurt} people injured, two {badly}.",
     "Doctors in {place} {treated} {hurt} injured people, two of them in danger."],
    ["Residents of {place} gathered at the {thing} and {demanded} answers.",
     "A crowd of residents {demanded} answers in front of the {thing}.",
     "At the {thing}, people of {place} {demanded} to know more."],
    ["The {thing} was built in {year} and last inspected {years} years ago.",
     "Built in {year}, the {thing} of {place} had not been inspected for {years} years.",
     "For {years} years no inspector had {seen} the {thing}, which dates from {year}."],
    ["The government {promised} ${aid} million in aid for {place}.",
     "${aid} million in aid was {promised} by the government.",
     "{place} will {receive} ${aid} million from the government."],
    ["Trains and buses around {place} stopped for {hours} hours.",
     "For {hours} hours no train or bus ran near the {thing}.",
     "Travellers in {place} {waited} {hours} hours for a bus or a train."],
    ["Insurers expect claims of more than ${claims} million.",
     "Claims of over ${claims} million are what insurers {expect} from the {event}.",
     "The {event} may cost insurers ${claims} million, {steep} amount."],
    ["{who} will {visit} the {thing} again on {later}.",
     "On {later}, {who} is to {visit} {place} once more.",
     "A second visit of {who} to the {thing} is planned for {later}."],
    ["The owner of the {thing}, {rival} Holdings, did not {answer}.",
     "{rival} Holdings, which owns the {thing}, would not {answer}.",
     "Asked about the {event}, the owner {rival} Holdings did not {answer}."],
]
WORDS = {
    "shut": ["closed", "shut", "slammed shut", "taken out of use", "sealed off"],
    "forced": ["forced", "obliged", "compelled", "brutally forced", "left"],
    "hit": ["came", "struck", "hit the town", "happened", "wreaked havoc"],
    "fear": ["fear", "worry", "tremble", "are afraid", "are concerned"],
    "threatens": ["threatens", "puts at risk", "endangers", "could wipe out", "affects"],
    "face": ["face", "expect", "dread", "may see", "are told of"],
    "steep": ["a large", "a shocking", "a considerable", "an outrageous", "a modest"],
    "said": ["said", "claimed", "explained", "insisted", "admitted", "told reporters"],
    "blamed": ["blamed", "attacked", "criticised", "savaged", "accused"],
    "says": ["says", "finds out", "establishes", "tells"],
    "explain": ["explain", "look into", "get to the bottom of", "examine"],
    "badly": ["badly", "seriously", "gravely", "horrifically"],
    "treated": ["treated", "looked after", "admitted", "saw"],
    "demanded": ["demanded", "asked for", "called for", "clamoured for", "wanted"],
    "seen": ["seen", "entered", "examined", "set foot in"],
    "promised": ["promised", "pledged", "announced", "offered"],
    "receive": ["receive", "get", "be given", "pocket"],
    "waited": ["waited", "were stranded", "stood about", "had to wait"],
    "expect": ["expect", "fear", "reckon with", "predict"],
    "visit": ["visit", "inspect", "tour", "see"],
    "answer": ["answer questions", "comment", "reply", "respond to calls"],
}


class Words(dict):
    def __missing__(self, key):
        return chance.choice(WORDS[key])


def name():
    return f"{chance.choice(FIRST)} {chance.choice(LAST)}"


def place():
    return chance.choice(START) + chance.choice(MIDDLE) + chance.choice(END)


def event():
    """What a story is about: names and numbers that its articles share."""
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    number = chance.randrange
    return dict(place=place(), thing=chance.choice(THINGS), event=chance.choice(EVENTS), who=name(), rival=name(),
                day=chance.choice(days), later=chance.choice(days), jobs=number(40, 4000), cost=number(2, 900), weeks=number(2, 30),
                hurt=number(3, 80), year=number(1890, 2010), years=number(2, 30), aid=number(1, 300), hours=number(2, 48),
                claims=number(2, 700))


def sentence(fact, about):
    text = chance.choice(FACTS[fact]).format_map(Words(about))
    return text[0].upper() + text[1:]


def aside():
    """A sentence of no story."""
    return sentence(chance.randrange(len(FACTS)), event())


def article(about, sentences):
    facts = chance.sample(range(len(FACTS)), min(sentences, len(FACTS)))
    body = [sentence(fact, about) for fact in facts]
    body.insert(chance.randrange(len(body) + 1), aside())
    title = f"{about['place']}: {chance.choice(['the', 'after the', 'what the', 'questions over the'])} {about['event']} of the {about['thing']}"
    return title, "\n\n".join(body)


out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["id", "source", "date", "title", "body"])
first = datetime.date(2026, 1, 1)
rows = 0


def write(source, day, title, body):
    global rows
    out.writerow([f"x{rows:07}", source, first + datetime.timedelta(day), title, body])
    rows += 1


if args.article:
    about = event()
    paragraphs, size = [], 0
    while size < args.article << 20:
        paragraph = " ".join(aside() for _ in range(4))
        paragraphs.append(paragraph)
        size += len(paragraph) + 2
    title, body = article(event(), args.sentences)
    write("Source 0", 0, title, body + "\n\n" + "\n\n".join(paragraphs))
    for n in range(10):
        write(f"Source {n + 1}", n % 3, *article(about, args.sentences))
elif args.lines:
    for _ in range(args.lines):
        line = f"{name()} of {place()} {chance.choice(WORDS['blamed'])} {name()} over {chance.randrange(2, 99999)} {chance.choice(THINGS)}s."
        write(f"Source {chance.randrange(200)}", chance.randrange(365), line.rstrip("."), line)
elif args.event:
    about = event()
    for n in range(args.event):
        write(f"Source {n}", chance.randrange(4), *article(about, args.sentences))
else:
    stories, size, outlets = (args.stories, 3, 30) if args.stories else (-(-args.sources // 5), 5, args.sources)
    for story in range(stories):
        about, day = event(), chance.randrange(365)
        here = chance.sample(range(outlets), size) if args.stories else range(5 * story, min(5 * story + 5, outlets))
        for source in here:
            write(f"Source {source}", day + chance.randrange(3), *article(about, args.sentences))
