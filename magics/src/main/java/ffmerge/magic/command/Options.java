package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.align.Calibration;
import ffmerge.align.Protocol;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Stack;
import ffmerge.architecture.Window;
import ffmerge.data.Augmentation;
import ffmerge.data.Columns;
import ffmerge.data.PromptTemplate;
import ffmerge.data.Split;
import ffmerge.evaluate.BleuTokenizer;
import ffmerge.evaluate.Bos;
import ffmerge.evaluate.Perplexity;
import ffmerge.hub.Hub;
import ffmerge.merge.MergePlan;
import ffmerge.model.WeightForm;
import ffmerge.model.WeightForms;
import ffmerge.result.Labels;
import ffmerge.result.LayerChoice;
import ffmerge.result.SweepResult;
import ffmerge.shrink.Choice;
import ffmerge.shrink.MergeSublayers;
import ffmerge.shrink.Shrink;
import ffmerge.task.Task;
import ffmerge.torch.Precision;
import ffmerge.workload.Workload;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The options that several commands share, and what they mean. */
public final class Options {
    /** The option by which a mapping is known for a grid's body. */
    public static final String WAYS = "ways";

    /** The name that a command's result gets. */
    public static final Option<String> AS_RESULT = Option.name("as", "a Java variable that gets the result");

    public static final Option<String> OUT =
            Option.text("out", "FILE", "also write the result there: .json, .csv, .html, .pdf, .png or .svg");

    public static final Option<PaperWidth> WIDTH = Option.parsed(
            "width",
            "LENGTH",
            "how wide the picture of --out is in a paper, as 3.3in or 84mm; its letters are made for that size",
            PaperWidth::of,
            PaperWidth::text);

    public static final Option<Boolean> BRIEF =
            Option.flag("brief", "show no picture in the end: a notebook of many such steps stays small");

    static final Option<String> AS_MODEL =
            Option.name("as", "the new model's name, also a Java variable of the notebook");
    public static final Option<String> DATA = Option.text(
                    "data",
                    "NAME|PATH|ID",
                    "a demo data set's name, a file or folder of text, images, sentence pairs, sentences with classes or"
                            + " dialogues with summaries, or a data set of the hub as"
                            + " ORG/NAME or ORG/NAME:CONFIG, of which only the files that are needed are fetched")
            .dependsOn("the task's demo data")
            .naming(Option.Names.DATA);
    static final Option<Columns> COLUMNS = Option.parsed(
                    "columns",
                    "NAMES",
                    "which columns of a table are meant, in the order of source,target or dialogue,summary or image,label"
                            + " or sentence,label, or the one of text; of lines without a header by number, as in 1,2",
                    Columns::parse,
                    Columns::text)
            .orElse(Columns.KNOWN, "those that are known by their names");
    static final Option<Boolean> SKIP_BROKEN =
            Option.flag("skip-broken", "check all images first and leave out those that can't be decoded");
    static final Option<Augmentation> AUGMENT = Option.choice(
                    "augment",
                    "what is done at random to images of training; flip also mirrors them",
                    Augmentation::label,
                    List.of(Augmentation.values()))
            .orElse(Augmentation.SHIFT);
    /** Of fewer, all correlations are ±1, and all sublayers alike. */
    private static final int LEAST_TOKENS = 3;

    public static final Option<Integer> TOKENS = Option.whole(
                    "tokens", LEAST_TOKENS, "how many tokens activations are recorded over")
            .orElse(Calibration.USUAL_TOKENS);
    static final Option<Protocol> PROTOCOL = Option.choice(
                    "protocol",
                    "conventions: paper leaves out the last window, code also has the published code's slips",
                    Protocol::label,
                    Protocol.ALL)
            .orElse(Protocol.OURS);
    static final Option<Long> MEMORY = Option.size(
                    "memory",
                    "what correlations may take at a time, as 500MB or 8GB; what doesn't fit is done in turn, from disk")
            .orElse(Calibration.DEFAULT_MEMORY);
    public static final Option<Integer> SEED = of(Choice.SEED);
    static final Option<String> DEVICE = Option.text(
                    "device", "auto|cpu|gpu[:i]", "where the model is kept and computed")
            .orElse("auto");
    static final Option<String> DTYPE = Option.choice(
                    "dtype",
                    "in what the weights are held and multiplied"
                            + WeightForms.ALL.stream()
                                    .map(form -> "; " + form + " holds linear maps in " + form.size())
                                    .collect(Collectors.joining()),
                    Stream.concat(
                                    Stream.of(Precision.values()).map(Precision::label),
                                    WeightForms.ALL.stream().map(WeightForm::label))
                            .toArray(String[]::new))
            .orElse("float32");
    static final Option<Boolean> FRESH = Option.flag(
            "fresh", "random weights in the model's shape, with its tokenizer, to be trained from the start");
    static final Option<String> REVISION = Option.text(
                    "revision", "REVISION", "of a hub model: a branch, a tag or a commit")
            .orElse(Hub.MAIN);
    public static final Option<Boolean> DRY_RUN =
            Option.flag("dry-run", "say what it would cost in time, memory and disk; run nothing");
    public static final Option<Integer> LIMIT =
            Option.whole("limit", 1, "at most so many examples").orElse(Integer.MAX_VALUE, "all");
    public static final Option<String> STACK = Option.text("stack", "encoder|decoder|both", "in which stacks of layers")
            .orElse("both", "all there are")
            .naming(Option.Names.STACK);
    static final Option<Integer> CONTEXT = Option.whole(
                    "context",
                    2,
                    "of text: tokens of a window, of a row of training and of a block of activations; an encoder guesses 15 %"
                            + " of each block's words, masked, the same ones in every run")
            .dependsOn("the model's own, at most 1024");
    static final Option<Integer> STRIDE = Option.whole(
                    "stride", 1, "of perplexity: tokens that a window begins after the one before")
            .dependsOn("half of the context");
    static final Option<Bos> BOS = Option.choice(
                    "bos",
                    "of perplexity: whether text begins with the model's begin-of-text token; auto: once, before the"
                            + " whole text, if the tokenizer's own template puts it there; yes: first in every window",
                    Bos::label,
                    List.of(Bos.values()))
            .orElse(Bos.AUTO);
    static final Option<Perplexity.Weighting> WEIGHTING = Option.choice(
                    "weighting",
                    "of perplexity: of what the mean loss is taken; each window of text counts alike, or each token,"
                            + " word or byte",
                    Perplexity.Weighting::label,
                    List.of(Perplexity.Weighting.values()))
            .orElse(Perplexity.Weighting.WINDOW);
    static final Option<String> TASK = Option.text(
            "task",
            "NAME|FILE",
            "the rows of --data are questions with choices: " + String.join(", ", Task.KNOWN)
                    + ", or those that a file describes");
    static final Option<String> JUDGING_TASK = Option.text(
            "task",
            "NAME|FILE",
            "validate by accuracy in questions with choices, those of --task-data: " + String.join(", ", Task.KNOWN)
                    + ", or those that a file describes");
    static final Option<String> TASK_DATA = Option.text(
                    "task-data", "PATH|ID", "of a task: whose rows are the questions; --data is what is tuned on")
            .naming(Option.Names.DATA);
    static final Option<Integer> SHOTS = Option.whole(
                    "shots", 0, "of a task: how many examples with their answers stand before each question")
            .orElse(0);
    static final Option<String> SHOTS_DATA = Option.text(
                    "shots-data",
                    "PATH|ID",
                    "of a task: where the examples come from, a file or folder or a data set of the hub")
            .dependsOn("the split of --data that the task says")
            .naming(Option.Names.DATA);
    static final Option<String> REFERENCE = Option.name(
                    "reference",
                    "the loaded model that differences are taken to, on the same examples, with interval and p")
            .naming(Option.Names.LOADED_MODEL);
    static final Option<MergePlan.Anchor> ANCHOR = of(MergeSublayers.ANCHOR);
    static final Option<MergePlan.Features> FEATURES = of(MergeSublayers.FEATURES);
    static final Option<List<List<Integer>>> WINDOW = Option.list(
                    "window",
                    "A-B",
                    "adjacent layers, both ends included; given several times it makes several groups",
                    given -> group("window", given, Options::window),
                    layers -> layers.size() == 1 ? layers.get(0) + "-" + layers.get(0) : layers)
            .naming(Option.Names.WINDOW);
    static final Option<List<List<Integer>>> LAYERS =
            layers("A,B,C", "any layers; given several times it makes several groups");

    static final Option<Integer> BEAMS = Option.whole(
                    "beams", 1, "texts that are pursued at a time where one is generated; 1 is greedy")
            .dependsOn("the model's own for translations, 1 for summaries");
    static final Option<Integer> MAX_LENGTH = Option.whole(
                    "max-length",
                    1,
                    "the longest generated text, in tokens, the end included, a translation's start too")
            .dependsOn("the model's own, else 64 for translations, an eighth of the context for summaries");
    static final Option<BleuTokenizer> TOKENIZE = Option.choice(
                    "tokenize",
                    "how BLEU cuts a translation into words",
                    BleuTokenizer::label,
                    List.of(BleuTokenizer.values()))
            .dependsOn("zh into Chinese, else 13a");
    static final Option<PromptTemplate> PROMPT = Option.parsed(
                    "prompt",
                    "TEXT",
                    "what a dialogue that is to be summarized stands in; \\n is a line break",
                    PromptTemplate::parse,
                    PromptTemplate::text)
            .orElse(PromptTemplate.DEFAULT)
            .naming(Option.Names.PLACES);
    static final Option<Boolean> STEM = Option.flag("stem", "ROUGE compares the stems of words");

    private Options() {}

    /** The option of what is chosen about a way to shrink. */
    @SuppressWarnings("unchecked") // a form says what it is read as
    static <T> Option<T> of(Choice<T> choice) {
        Object form = choice.form();
        if (form instanceof Choice.Form.Flag) {
            return (Option<T>) Option.flag(choice.name(), choice.help());
        }
        Option<?> option = form instanceof Choice.Form.Whole whole
                ? Option.whole(choice.name(), whole.least(), choice.help())
                : form instanceof Choice.Form.OneOf<?> one
                        ? oneOf(choice, (Choice.Form.OneOf<T>) one)
                        : Option.number(choice.name(), choice.help());
        return ((Option<T>) option).orElse(choice.fallback());
    }

    private static <T> Option<T> oneOf(Choice<T> choice, Choice.Form.OneOf<T> form) {
        return Option.choice(choice.name(), choice.help(), form.label(), form.values());
    }

    /** @param otherwise the part that holds where none is named */
    static Option<Split> split(Split otherwise) {
        return Option.choice("split", "which part of the data", Split::label, List.of(Split.values()))
                .orElse(otherwise);
    }

    /** Layers in any order, which may be given several times. */
    static Option<List<List<Integer>>> layers(String placeholder, String help) {
        return Option.list(
                        "layers",
                        placeholder,
                        help,
                        given -> group("layers", given, Arguments::layers),
                        layers -> layers)
                .naming(Option.Names.LAYER);
    }

    /** How activations are recorded over so many tokens. */
    static Calibration calibration(Arguments arguments, int tokens, Session session) {
        return new Calibration(tokens, arguments.get(PROTOCOL), arguments.get(MEMORY), session.state());
    }

    /**
     * Over how many tokens activations are recorded. Data that has fewer than the default gives all it has, which is said.
     *
     * @throws UserError if more were asked for than there are
     */
    static int tokens(Arguments arguments, Workload workload, Host host) {
        int tokens = arguments.get(TOKENS);
        Map<String, Long> all = workload.activationRows(tokens);
        Map<String, Long> rows = new TreeMap<>(Comparator.reverseOrder()); // encoder first
        all.forEach((stack, count) -> {
            if (count < tokens) {
                rows.put(stack, count);
            }
        });
        if (rows.isEmpty()) {
            return tokens;
        }
        String there = workload.data() + " validation has "
                + rows.entrySet().stream()
                        .map(e -> Labels.count(e.getValue()) + " tokens for the " + e.getKey())
                        .collect(Collectors.joining(" and "));
        if (arguments.has(TOKENS)) {
            throw new UserError(there + "; --tokens " + tokens + " asks for more");
        }
        if (!rows.containsValue(0L)) { // whoever records says that there is nothing
            host.notice(there + "; all of them are used");
            noteTokens(arguments, all);
        }
        return tokens;
    }

    /** How many were used, unless no number says it: all of each stack's own, as the default means again. */
    private static void noteTokens(Arguments arguments, Map<String, Long> there) {
        if (Set.copyOf(there.values()).size() == 1) {
            arguments.used(TOKENS, there.values().iterator().next());
        } else {
            arguments.unused(TOKENS);
        }
    }

    /** What a stride can't mean where activations are recorded is said. */
    static void noteStride(Arguments arguments, Host host) {
        arguments.unused(STRIDE);
        if (arguments.has(STRIDE)) {
            host.notice("--stride is of windows that are scored; activations are recorded in blocks of the context, one"
                    + " after the other");
        }
    }

    /**
     * What of the units is correlated.
     *
     * @throws UserError if the model's FF sublayers lack it
     */
    static MergePlan.Features features(Arguments arguments, Architecture architecture) {
        MergePlan.Features features = arguments.get(FEATURES);
        features.requireFits(architecture);
        return features;
    }

    /** The name that a command that makes a model must be given. */
    static String newModel(Arguments arguments) {
        return arguments.given(AS_MODEL).orElseThrow(() -> new UserError("name the new model: --as NEW"));
    }

    /** The stacks that {@code --stack} names. */
    static List<String> stacks(Arguments arguments, Architecture architecture) {
        String named = arguments.get(STACK);
        List<String> all = architecture.stacks().stream().map(Stack::name).toList();
        List<String> stacks =
                named.equals("both") ? all : List.of(architecture.stack(named).name());
        arguments.used(STACK, stacks.size() == 1 ? stacks.get(0) : "both");
        return stacks;
    }

    /**
     * The groups of layers that {@code --window} and {@code --layers} name; either may be a Java variable that holds a
     * window, layers, or a sweep, whose best window is taken.
     */
    static List<List<Integer>> groups(Arguments arguments) {
        List<List<Integer>> groups = Stream.of(WINDOW, LAYERS)
                .flatMap(option -> arguments.get(option).stream())
                .toList();
        if (groups.isEmpty()) {
            throw new UserError("say which layers: --window 3-8 or --layers 2,5,7");
        }
        requireApart(groups);
        return groups;
    }

    /** Whether neither a window nor layers are named. */
    static boolean namesNoLayers(Arguments arguments) {
        return !arguments.has(WINDOW) && !arguments.has(LAYERS);
    }

    /**
     * All windows of the stacks that are meant, by their length.
     *
     * @param least layers that a window has at least
     * @param left layers that are left beside it
     * @param way what is done to a window's layers in these stacks
     */
    static List<List<Shrink>> windows(
            Arguments arguments,
            Architecture architecture,
            int least,
            int left,
            BiFunction<List<String>, List<Integer>, Shrink> way) {
        List<String> stacks = stacks(arguments, architecture);
        int layers = stacks.stream()
                .mapToInt(stack -> architecture.stack(stack).layers())
                .min()
                .orElseThrow();
        return IntStream.rangeClosed(least, layers - left)
                .mapToObj(length -> Window.all(layers, length).stream()
                        .map(window -> way.apply(stacks, window.layers()))
                        .toList())
                .toList();
    }

    /** @throws UserError if two groups have a layer in common */
    private static void requireApart(List<List<Integer>> groups) {
        Map<Integer, List<Integer>> groupOf = new HashMap<>();
        for (List<Integer> group : groups) {
            for (int layer : group) {
                List<Integer> other = groupOf.putIfAbsent(layer, group);
                if (other != null) {
                    throw new UserError("layer " + layer + " is in two groups, " + Labels.layers(other) + " and "
                            + Labels.layers(group) + "; name it once");
                }
            }
        }
    }

    /** {@code 3-5}, also as {@code 3,4,5}. */
    private static List<Integer> window(String text) {
        if (text.matches("\\d{1,5}(\\s*,\\s*\\d{1,5})+")) {
            List<Integer> layers = Arguments.layers(text);
            Window window = new Window(layers.get(0), Math.max(layers.get(0), layers.get(layers.size() - 1)));
            if (window.layers().equals(layers)) {
                return layers;
            }
        }
        if (text.matches("\\d{1,5}")) {
            throw new UserError("a window is two layers joined by a hyphen, as in 3-7; '" + text
                    + "' isn't: one layer alone is --layers " + text);
        }
        return Window.parse(text).layers();
    }

    private static List<Integer> group(String option, Option.Given given, Function<String, List<Integer>> read) {
        List<Integer> layers = given.value().equals(given.written())
                ? read.apply(given.written())
                : layersOf(given.written(), given.value());
        return OptionValues.distinct("--" + option + " " + given.written(), layers);
    }

    private static List<Integer> layersOf(String name, Object value) {
        if (value instanceof Window window) {
            return window.layers();
        }
        if (value instanceof SweepResult sweep) {
            if (sweep.best() == null) {
                throw new UserError(
                        "the Java variable '" + name + "' holds a sweep without a best window: in none of them does "
                                + sweep.methods().get(0).title() + " save anything");
            }
            return layersOf(name, sweep.best());
        }
        if (value instanceof LayerChoice choice) {
            if (choice.chosen().size() != 1) {
                throw new UserError("the Java variable '" + name + "' holds a choice of "
                        + (choice.chosen().isEmpty()
                                ? "nothing, as nothing saves anything"
                                : "several groups; name each: "
                                        + choice.chosen().stream()
                                                .map(Labels::option)
                                                .collect(Collectors.joining(" "))));
            }
            return choice.chosen().get(0);
        }
        if (value instanceof SweepResult.Row row) {
            return row.layers().values().iterator().next();
        }
        if (value instanceof String text) {
            return text.contains("-") ? Window.parse(text).layers() : Arguments.layers(text);
        }
        if (value instanceof int[] layers) {
            return Arrays.stream(layers).boxed().toList();
        }
        if (value instanceof List<?> list && list.stream().allMatch(Integer.class::isInstance)) {
            return list.stream().map(Integer.class::cast).toList();
        }
        throw new UserError("the Java variable '" + name + "' holds no window, layers or sweep; it is of type "
                + value.getClass().getSimpleName());
    }
}
