"""Composes the demo dialogues: short everyday chats, each with a summary, from a grammar. Everything follows from the seed.

    dialogues.py FOLDER              dialogues-{train,validation,test}.jsonl and chats-{train,validation,test}.txt, as they
                                     stand beside this script
    dialogues.py FOLDER --unpaired   train.txt and validation.txt, of which the demo model learnt the language

The .txt files are chats and sentences of the same world, no chat with its own summary.

The people of the test split are nobody's of the other two.
"""

import argparse
import json
import random
from pathlib import Path

SIZES = {"train": 2400, "validation": 200, "test": 200}
UNPAIRED = {"train": 14000, "validation": 300}
CHATS = {"train": 1200, "validation": 300, "test": 300}

PEOPLE = """Adam Alice Amir Anna Ben Carla Chloe Dan Diana Emma Eric Eva Fiona Frank Grace Greg Hana Harry Helen Ian
Iris Jack Jane Jonas Julia Karen Kate Kevin Laura Leo Linda Lucas Maria Mark Maya Mia Mike Nadia Nick Nina Olga Oscar
Paul Peter Rachel Rita Robert Rosa Ryan Sam Sara Simon Sofia Steve Tina Tom Vera Victor Wendy Zoe""".split()
OF_TEST = {"Amir", "Carla", "Chloe", "Fiona", "Greg", "Hana", "Iris", "Jonas", "Leo", "Maya", "Nadia", "Oscar", "Rosa",
           "Simon", "Tina", "Vera"}

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
HOURS = ["5", "6", "7", "8", "9", "5:30", "6:30", "7:30", "8:30"]
OUTINGS = ["the cinema", "the theatre", "the museum", "the pool", "the zoo", "the beach", "the gym", "the concert",
           "the market", "the park", "the library", "the lake"]
MEALS = ["pizza", "sushi", "burgers", "curry", "pasta", "tacos", "noodles", "fish and chips"]
THINGS = ["bike", "tent", "drill", "camera", "laptop", "ladder", "suitcase", "guitar", "printer", "car", "projector",
          "sleeping bag"]
SHOPPING = ["milk", "bread", "eggs", "apples", "cheese", "rice", "tomatoes", "coffee", "juice", "butter", "onions"]
GIFTS = ["a book", "a scarf", "a watch", "a board game", "a plant", "a mug", "a teapot", "a lamp", "headphones"]
CITIES = ["Paris", "Rome", "Berlin", "London", "Prague", "Madrid", "Lisbon", "Vienna", "Oslo", "Dublin"]
VEHICLES = ["by train", "by bus", "by car", "by plane"]
PETS = ["cat", "dog", "parrot", "rabbit", "hamster"]
FILMS = ["comedy", "thriller", "documentary", "musical", "horror film", "western"]
ILLNESSES = ["a cold", "a fever", "a headache", "the flu", "a sore throat", "a toothache"]
SUBJECTS = ["maths", "history", "physics", "biology", "French", "chemistry", "geography"]
PLACES = ["kitchen", "office", "car", "bathroom", "garden", "living room", "classroom", "garage"]
SMALL = ["keys", "wallet", "phone", "glasses", "umbrella", "jacket", "notebook"]
CHORES = ["move the sofa", "paint the fence", "fix the sink", "clean the garage", "pack the boxes", "cut the grass",
          "wash the car"]
REASONS = [("has to work", "I have to work"), ("is too tired", "I'm too tired"), ("has no money", "I have no money left"),
           ("is babysitting", "I'm babysitting"), ("has an exam", "I have an exam"),
           ("is visiting family", "I'm visiting my family"), ("has a doctor's appointment", "I have a doctor's appointment")]
YES = ["sure", "ok", "great", "of course", "sounds good", "yes please", "cool", "with pleasure", "why not"]
BYE = ["see you", "bye", "see you then", "take care", "talk later", "thanks", "thank you"]


class Scene:
    """The people of a chat, what they have said so far, and the dice."""

    def __init__(self, dice, people):
        self.dice = dice
        self.a, self.b, self.c = dice.sample(people, 3)
        self.turns = []

    def one(self, options):
        return self.dice.choice(options)

    def say(self, who, *wordings):
        text = self.one(wordings)
        if self.dice.random() < 0.5:
            text = text[0].upper() + text[1:]
        self.turns.append(f"{who}: {text}{self.one(['', '', '', '.', '!', ' :)'])}" if text[-1] != "?" else f"{who}: {text}")

    def greet(self):
        if self.dice.random() < 0.6:
            self.say(self.a, f"hi {self.b}", f"hey {self.b}", "hello", "hi", f"{self.b}, are you there?")
            if self.dice.random() < 0.7:
                self.say(self.b, f"hi {self.a}", "hey", "hello", "what's up?", f"hey {self.a}, how are you?")

    def part(self):
        if self.dice.random() < 0.6:
            self.say(self.a, *BYE)
            if self.dice.random() < 0.5:
                self.say(self.b, *BYE)


def when(s):
    day, hour = s.one(DAYS), s.one(HOURS)
    return day, hour


def invitation(s):
    place, (day, hour) = s.one(OUTINGS), when(s)
    s.say(s.a, f"do you want to go to {place} on {day}?", f"I'm going to {place} on {day}, want to come?",
          f"how about {place} on {day}?", f"let's go to {place} on {day}")
    if s.dice.random() < 0.55:
        s.say(s.b, f"{s.one(YES)}, what time?", f"{s.one(YES)}, when do we meet?")
        s.say(s.a, f"at {hour}?", f"{hour} is good for me", f"let's say {hour}")
        s.say(s.b, f"{hour} is fine", s.one(YES), f"{s.one(YES)}, {hour} it is")
        return [f"{s.a} and {s.b} are going to {place} on {day} at {hour}.",
                f"{s.a} and {s.b} will go to {place} on {day} at {hour}."]
    because, words = s.one(REASONS)
    s.say(s.b, f"sorry, I can't, {words}", f"I'd love to but {words}", f"{words} on {day}, sorry")
    s.say(s.a, "what a pity", "no problem", "maybe next time", "too bad")
    return [f"{s.b} can't go to {place} with {s.a} on {day} because {'she' if s.b in SHE else 'he'} {because}."]


def change_of_time(s):
    place, (day, hour) = s.one(OUTINGS), when(s)
    other = s.one([d for d in DAYS if d != day])
    s.say(s.a, f"are we still going to {place} on {day}?", f"what about {place} on {day}?", f"so {place} on {day}, right?")
    s.say(s.b, f"can we make it {other}?", f"I can't on {day}, what about {other}?", f"{other} would be better for me")
    s.say(s.a, f"{other} is fine", f"{s.one(YES)}, {other} then", f"ok, {other} at {hour}")
    return [f"{s.a} and {s.b} will go to {place} on {other} instead of {day}.",
            f"{s.b} can't make it on {day}, so {s.a} and {s.b} will go to {place} on {other}."]


def lending(s):
    thing, day = s.one(THINGS), s.one(DAYS)
    s.say(s.a, f"can I borrow your {thing}?", f"could you lend me your {thing}?", f"do you still have that {thing}? I need one")
    if s.dice.random() < 0.6:
        s.say(s.b, f"{s.one(YES)}, when do you need it?", f"{s.one(YES)}, for how long?")
        s.say(s.a, f"on {day}", f"I need it on {day}", f"only for {day}")
        s.say(s.b, s.one(YES), "it's yours", "no problem")
        return [f"{s.b} will lend {s.a} a {thing} on {day}.", f"{s.a} will borrow a {thing} from {s.b} on {day}."]
    s.say(s.b, f"sorry, {s.c} has it now", f"I gave it to {s.c}", f"ask {s.c}, I lent it out")
    s.say(s.a, f"ok, I'll ask {s.c}", f"I'll write to {s.c} then")
    return [f"{s.a} wants to borrow a {thing} from {s.b}, but {s.c} has it.",
            f"{s.b} lent the {thing} to {s.c}, so {s.a} will ask {s.c}."]


def shopping(s):
    first, second, third = s.dice.sample(SHOPPING, 3)
    s.say(s.a, "I'm at the shop, do we need anything?", "going shopping, what do we need?", "do you need something from the shop?")
    s.say(s.b, f"{first} and {second} please", f"we need {first} and {second}", f"buy {first} and {second}")
    if s.dice.random() < 0.5:
        s.say(s.a, s.one(YES), f"what about {third}?")
        s.say(s.b, f"and {third}", f"yes, {third} too", f"oh, and some {third}")
        return [f"{s.a} will buy {first}, {second} and {third}.", f"{s.b} asks {s.a} to buy {first}, {second} and {third}."]
    s.say(s.a, s.one(YES), f"ok, {first} and {second}")
    return [f"{s.a} will buy {first} and {second}.", f"{s.b} asks {s.a} to buy {first} and {second}."]


def lateness(s):
    minutes, where = s.one(["10", "15", "20", "30", "40"]), s.one(OUTINGS)
    why, words = s.one([("missed the bus", "I missed the bus"), ("is stuck in traffic", "I'm stuck in traffic"),
                        ("overslept", "I overslept"), ("lost the tickets", "I can't find the tickets")])
    s.say(s.b, "where are you?", f"I'm at {where}, where are you?", "are you coming?")
    s.say(s.a, f"sorry, {words}", f"{words}, sorry")
    s.say(s.a, f"I'll be {minutes} minutes late", f"give me {minutes} minutes", f"I'll be there in {minutes} minutes")
    s.say(s.b, "ok, I'll wait", "hurry up", f"ok, I'll be inside", "don't worry")
    return [f"{s.a} {why} and will be {minutes} minutes late.", f"{s.a} will be {minutes} minutes late, because {s.a} {why}."]


def lost(s):
    thing, place = s.one(SMALL), s.one(PLACES)
    s.say(s.a, f"have you seen my {thing}?", f"I can't find my {thing}", f"I lost my {thing}, help")
    s.say(s.b, f"look in the {place}", f"did you check the {place}?", f"I think I saw it in the {place}")
    s.say(s.a, f"found it in the {place}", "yes, there it is", f"you're right, in the {place}")
    return [f"{s.a} found the {thing} in the {place}.", f"{s.a} lost the {thing}, and {s.b} says to look in the {place}."]


def present(s):
    gift, day = s.one(GIFTS), s.one(DAYS)
    s.say(s.a, f"what do we get {s.c} for {s.c}'s birthday?", f"{s.c}'s birthday is on {day}, any ideas?",
          f"we need a present for {s.c}")
    s.say(s.b, f"how about {gift}?", f"{gift}?", f"{s.c} would like {gift}")
    if s.dice.random() < 0.7:
        s.say(s.a, s.one(YES), f"{gift} is perfect", "good idea")
        return [f"{s.a} and {s.b} will buy {gift} for {s.c}'s birthday.", f"{s.a} and {s.b} will give {s.c} {gift}."]
    other = s.one([g for g in GIFTS if g != gift])
    s.say(s.a, f"{s.c} has one already", f"no, I'd rather buy {other}", "I don't know")
    s.say(s.b, f"then {other}", f"ok, {other} then")
    s.say(s.a, s.one(YES))
    return [f"{s.a} and {s.b} will buy {other} for {s.c}'s birthday instead of {gift}."]


def travel(s):
    city, by, day = s.one(CITIES), s.one(VEHICLES), s.one(DAYS)
    s.say(s.a, f"I'm going to {city} on {day}", f"guess what, I'm off to {city} on {day}", f"I have a ticket to {city} for {day}")
    s.say(s.b, "nice, how do you get there?", "how will you travel?", "wow, by plane?")
    s.say(s.a, by, f"{by}, it's cheaper", f"{by} with {s.c}")
    return [f"{s.a} is going to {city} {by} on {day}.", f"{s.a} will travel to {city} {by} on {day}."]


def illness(s):
    ill, day = s.one(ILLNESSES), s.one(DAYS)
    s.say(s.a, f"I have {ill}", f"I don't feel well, I have {ill}", f"I've got {ill} again")
    s.say(s.b, "oh no", "poor you", "did you see a doctor?", "do you need something?")
    if s.dice.random() < 0.5:
        s.say(s.a, f"I'll see the doctor on {day}", f"the doctor can see me on {day}")
        return [f"{s.a} has {ill} and will see a doctor on {day}.", f"{s.a} has {ill}. {s.a} will see a doctor on {day}."]
    s.say(s.a, f"please tell {s.c} I'm not coming on {day}", f"I won't come on {day}, can you tell {s.c}?")
    s.say(s.b, f"ok, I'll tell {s.c}", s.one(YES))
    return [f"{s.a} has {ill} and won't come on {day}. {s.b} will tell {s.c}."]


def exam(s):
    subject, day = s.one(SUBJECTS), s.one(DAYS)
    s.say(s.a, f"when is the {subject} exam?", f"do you know when we have the {subject} exam?")
    s.say(s.b, f"on {day}", f"{day} morning", f"it's on {day}")
    if s.dice.random() < 0.5:
        s.say(s.a, "do you want to study together?", "shall we study together?")
        s.say(s.b, *YES)
        return [f"The {subject} exam is on {day}. {s.a} and {s.b} will study together."]
    s.say(s.a, "I haven't learnt anything yet", "oh no, so soon", "thanks, I didn't know")
    return [f"{s.b} tells {s.a} that the {subject} exam is on {day}.", f"The {subject} exam of {s.a} and {s.b} is on {day}."]


def dinner(s):
    first, second = s.dice.sample(MEALS, 2)
    day = s.one(DAYS)
    s.say(s.a, f"what shall we eat on {day}?", f"dinner on {day}?", f"are you hungry? I mean on {day}")
    s.say(s.b, f"{first}?", f"I want {first}", f"how about {first}?")
    if s.dice.random() < 0.5:
        s.say(s.a, f"{first} is fine", s.one(YES), f"I love {first}")
        return [f"{s.a} and {s.b} will eat {first} on {day}.", f"{s.a} and {s.b} are having {first} on {day}."]
    s.say(s.a, f"no, I'd prefer {second}", f"not again, let's have {second}", f"I don't like {first}, {second}?")
    s.say(s.b, f"ok, {second}", f"{second} is fine too")
    return [f"{s.b} wants {first}, but {s.a} and {s.b} will eat {second} on {day}.",
            f"{s.a} and {s.b} will eat {second} on {day}."]


def pet(s):
    animal, name = s.one(PETS), s.one(["Max", "Luna", "Coco", "Rocky", "Bella", "Charlie"])
    s.say(s.a, f"I got a {animal}", f"look, we have a {animal} now", f"we've adopted a {animal}")
    s.say(s.b, f"what's its name?", "so cute, what is it called?", "really? what do you call it?")
    s.say(s.a, name, f"{name}, it was {s.c}'s idea", f"it's called {name}")
    return [f"{s.a} has a new {animal} called {name}.", f"{s.a} has adopted a {animal} called {name}."]


def film(s):
    kind, day = s.one(FILMS), s.one(DAYS)
    liked = s.dice.random() < 0.5
    s.say(s.a, f"have you seen the new {kind}?", f"did you watch that {kind}?", f"is the new {kind} any good?")
    if liked:
        s.say(s.b, "yes, I loved it", "it's great", "yes, the best one this year")
        s.say(s.a, f"then I'll watch it on {day}", f"good, I'm going on {day}")
        return [f"{s.b} liked the new {kind}. {s.a} will watch it on {day}."]
    s.say(s.b, "yes, it was boring", "don't watch it", "I left after an hour")
    s.say(s.a, "then I won't go", "thanks for telling me")
    return [f"{s.b} didn't like the new {kind}, so {s.a} won't watch it."]


def helping(s):
    chore, (day, hour) = s.one(CHORES), when(s)
    s.say(s.a, f"can you help me to {chore}?", f"I need someone to help me {chore}", f"I have to {chore} on {day}, can you help?")
    if s.dice.random() < 0.6:
        s.say(s.b, f"{s.one(YES)}, when?", f"{s.one(YES)}, on which day?")
        s.say(s.a, f"{day} at {hour}", f"on {day}, say {hour}?")
        s.say(s.b, "I'll be there", s.one(YES))
        return [f"{s.b} will help {s.a} {chore} on {day} at {hour}.", f"{s.b} will come on {day} at {hour} to help {s.a} {chore}."]
    because, words = s.one(REASONS)
    s.say(s.b, f"sorry, {words}", f"not on {day}, {words}")
    s.say(s.b, f"ask {s.c}", f"maybe {s.c} can help?")
    s.say(s.a, f"ok, I'll ask {s.c}", s.one(YES))
    return [f"{s.b} can't help {s.a} {chore}, so {s.a} will ask {s.c}."]


def sale(s):
    thing = s.one(THINGS)
    price, offer = s.one([("100", "80"), ("50", "40"), ("200", "150"), ("60", "45"), ("90", "75"), ("30", "20")])
    s.say(s.a, f"are you still selling your {thing}?", f"how much is the {thing}?", f"I'd like to buy your {thing}")
    s.say(s.b, f"yes, for {price} dollars", f"{price} dollars", f"I want {price} for it")
    if s.dice.random() < 0.5:
        s.say(s.a, f"would you take {offer}?", f"{offer}?", f"I can pay {offer}")
        if s.dice.random() < 0.5:
            s.say(s.b, s.one(YES), "it's yours", f"ok, {offer}")
            return [f"{s.a} will buy the {thing} from {s.b} for {offer} dollars.", f"{s.b} will sell {s.a} the {thing} for {offer} dollars."]
        s.say(s.b, f"no, {price} or nothing", "no, sorry")
        return [f"{s.b} won't sell {s.a} the {thing} for {offer} dollars, {s.b} wants {price}."]
    s.say(s.a, "ok, I take it", s.one(YES))
    return [f"{s.a} will buy the {thing} from {s.b} for {price} dollars.", f"{s.b} will sell {s.a} the {thing} for {price} dollars."]


def party(s):
    day, food = s.one(DAYS), s.one(SHOPPING + MEALS)
    s.say(s.c, f"{s.c} here, party at my place on {day}", f"{s.a}, {s.b}, party at mine on {day}", f"you are all invited on {day}")
    s.say(s.a, "I'll come", f"great, I'll bring {food}", f"count me in, I bring {food}")
    if s.dice.random() < 0.5:
        s.say(s.b, "me too", "I'm coming as well", *YES)
        return [f"{s.a} and {s.b} will come to {s.c}'s party on {day}."]
    because, words = s.one(REASONS)
    s.say(s.b, f"I can't, {words}", f"sorry {s.c}, {words}")
    return [f"{s.a} will come to {s.c}'s party on {day}, but {s.b} {because}."]


SHE = set("""Alice Anna Carla Chloe Diana Emma Eva Fiona Grace Hana Helen Iris Jane Julia Karen Kate Laura Linda Maria Maya
Mia Nadia Nina Olga Rachel Rita Rosa Sara Sofia Tina Vera Wendy Zoe""".split())
SCENES = [invitation, invitation, change_of_time, lending, shopping, lateness, lost, present, travel, illness, exam, dinner,
          pet, film, helping, sale, party]


def compose(dice, people):
    """A chat and its summary."""
    scene = Scene(dice, people)
    scene.greet()
    summaries = dice.choice(SCENES)(scene)
    scene.part()
    return "\n".join(scene.turns), scene.one(summaries)


def retelling(dice, people):
    """Sentences about several chats that nobody reads, some told twice."""
    told = [compose(dice, people)[1] for _ in range(dice.randint(1, 3))]
    again = dice.choice(["It is true:", "Once more:", "As I said,", "Everybody knows it now:"])
    return " ".join(told + ([again, told[0]] if dice.random() < 0.6 else []))


def paired(folder):
    for i, (split, size) in enumerate(SIZES.items()):
        dice = random.Random(100 + i)
        people = [p for p in PEOPLE if (p in OF_TEST) == (split == "test")]
        with open(folder / f"dialogues-{split}.jsonl", "w", encoding="utf-8", newline="\n") as out:
            for number in range(size):
                dialogue, summary = compose(dice, people)
                row = {"id": f"{split}-{number}", "dialogue": dialogue, "summary": summary}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")


def unpaired(file, seed, size):
    dice = random.Random(seed)
    with open(file, "w", encoding="utf-8", newline="\n") as out:
        for _ in range(size):
            out.write((compose(dice, PEOPLE)[0] if dice.random() < 0.7 else retelling(dice, PEOPLE)) + "\n\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--unpaired", action="store_true")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if not arguments.unpaired:
        paired(arguments.folder)
    prefix = "" if arguments.unpaired else "chats-"
    for i, (split, size) in enumerate((UNPAIRED if arguments.unpaired else CHATS).items()):
        unpaired(arguments.folder / f"{prefix}{split}.txt", 200 + i, size)


if __name__ == "__main__":
    main()
