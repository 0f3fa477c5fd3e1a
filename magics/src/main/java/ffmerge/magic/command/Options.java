package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.align.Calibration;
import ffmerge.align.Protocol;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Stack;
import ffmerge.architecture.Window;
import ffmerge.data.Split;
import ffmerge.evaluate.Perplexity;
import ffmerge.merge.MergePlan;
import ffmerge.result.Labels;
import ffmerge.result.SweepResult;
import ffmerge.workload.Workload;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The options that several commands share, and what they mean. */
final class Options {
    static final OptionSpec AS_MODEL =
            OptionSpec.text("as", "NAME", "", "the new model's name, also a Java variable of the notebook");
    static final OptionSpec AS_RESULT = OptionSpec.text("as", "NAME", "", "a Java variable that gets the result");
    static final OptionSpec DATA = OptionSpec.text(
            "data",
            "NAME|PATH|ID",
            "the task's demo data",
            "a demo data set's name, a file or folder of text, images, sentence pairs or dialogues with"
                    + " summaries, or a data set of the hub as"
                    + " ORG/NAME or ORG/NAME:CONFIG, of which only the files that are needed are fetched");
    static final OptionSpec SKIP_BROKEN =
            OptionSpec.flag("skip-broken", "check all images first and leave out those that can't be decoded");
    static final OptionSpec TOKENS =
            OptionSpec.whole("tokens", "N", "10000", "how many tokens activations are recorded over");
    static final OptionSpec PROTOCOL = OptionSpec.choice(
            "protocol",
            "ours",
            "conventions: paper leaves out the last window, code also has the published code's slips",
            "ours",
            "paper",
            "code");
    static final OptionSpec MEMORY = OptionSpec.text(
            "memory",
            "SIZE",
            "2GB",
            "what correlations may take at a time, as 500MB or 8GB; what doesn't fit is done in turn, from disk");
    static final OptionSpec SEED = OptionSpec.whole("seed", "N", "0", "of every random choice");
    static final OptionSpec DEVICE =
            OptionSpec.text("device", "auto|cpu|gpu[:i]", "auto", "where the model is kept and computed");
    static final OptionSpec DTYPE = OptionSpec.choice(
            "dtype",
            "float32",
            "in what the weights are held and multiplied; nf4 holds linear maps in 4.127 bits a parameter",
            "float32",
            "bfloat16",
            "float16",
            "nf4");
    static final OptionSpec FRESH = OptionSpec.flag(
            "fresh", "random weights in the model's shape, with its tokenizer, to be trained from the start");
    static final OptionSpec REVISION =
            OptionSpec.text("revision", "REVISION", "main", "of a hub model: a branch, a tag or a commit");
    static final OptionSpec DRY_RUN =
            OptionSpec.flag("dry-run", "say what it would cost in time, memory and disk; run nothing");
    static final OptionSpec LIMIT = OptionSpec.whole("limit", "N", "all", "at most so many examples");
    static final OptionSpec OUT =
            OptionSpec.text("out", "FILE", "", "also write the result there: .json, .csv, .html, .png or .svg");
    static final OptionSpec STACK =
            OptionSpec.text("stack", "encoder|decoder|both", "all there are", "in which stacks of layers");
    static final OptionSpec WEIGHTING = OptionSpec.choice(
            "weighting", "window", "of perplexity: each window of text counts alike, or each token", "window", "token");
    static final OptionSpec ANCHOR = OptionSpec.choice(
            "anchor", "first", "the layer of a window that the others are aligned to", "first", "middle", "last");
    static final OptionSpec FEATURES = OptionSpec.choice(
            "features",
            "up",
            "what is correlated of a gated FF sublayer's units: the up-projection's output, the gate's, or their product",
            "up",
            "gate",
            "product");
    static final OptionSpec WINDOW = OptionSpec.list(
            "window", "A-B", "", "adjacent layers, both ends included; given several times it makes several groups");
    static final OptionSpec LAYERS =
            OptionSpec.list("layers", "A,B,C", "", "any layers; given several times it makes several groups");

    static final OptionSpec BEAMS = OptionSpec.whole(
            "beams",
            "N",
            "4 for translations, 1 for summaries",
            "texts that are pursued at a time where one is generated; 1 is greedy");
    static final OptionSpec MAX_LENGTH = OptionSpec.whole(
            "max-length",
            "N",
            "the model's own, else 64 for translations, an eighth of the context for summaries",
            "the longest generated text, in tokens, the end included, a translation's start too");
    static final OptionSpec TOKENIZE = OptionSpec.choice(
            "tokenize", "zh into Chinese, else 13a", "how BLEU cuts a translation into words", "13a", "zh");
    static final OptionSpec PROMPT = OptionSpec.text(
            "prompt",
            "TEXT",
            "Summarize the dialogue.\\n\\n{dialogue}\\n\\nSummary:\\n",
            "what a dialogue that is to be summarized stands in; \\n is a line break");
    static final OptionSpec STEM = OptionSpec.flag("stem", "ROUGE compares the stems of words");
    /** What only translation has. */
    static final List<OptionSpec> TRANSLATION = List.of(TOKENIZE);
    /** What only summarization has. */
    static final List<OptionSpec> SUMMARIES = List.of(PROMPT, STEM);
    /** What only tasks have in which text is generated. */
    static final List<OptionSpec> GENERATION = Stream.of(List.of(BEAMS, MAX_LENGTH), TRANSLATION, SUMMARIES)
            .flatMap(List::stream)
            .toList();

    private static final int DEFAULT_TOKENS = 10000;
    private static final Pattern SIZE = Pattern.compile("(\\d{1,6})\\s*([mMgG])(?:i?[bB])?");

    private Options() {}

    static OptionSpec split(String fallback) {
        return OptionSpec.choice("split", fallback, "which part of the data", "train", "validation", "test");
    }

    static Split split(Arguments arguments, Split fallback) {
        return Split.parse(arguments.text("split", fallback.label()));
    }

    static int limit(Arguments arguments) {
        return arguments.whole("limit", Integer.MAX_VALUE, 1);
    }

    static int tokens(Arguments arguments) {
        return arguments.whole("tokens", DEFAULT_TOKENS, 1);
    }

    static Protocol protocol(Arguments arguments) {
        return Protocol.parse(arguments.text("protocol", Protocol.OURS.label()));
    }

    /** Bytes that correlations may take at a time. */
    static long memory(Arguments arguments) {
        String text = arguments.text("memory", "");
        if (text.isEmpty()) {
            return Calibration.DEFAULT_MEMORY;
        }
        Matcher size = SIZE.matcher(text);
        if (!size.matches()) {
            throw new UserError("--memory is a size such as 500MB or 8GB; '" + text + "' isn't");
        }
        return Long.parseLong(size.group(1)) << (size.group(2).equalsIgnoreCase("G") ? 30 : 20);
    }

    /** How activations are recorded over so many tokens. */
    static Calibration calibration(Arguments arguments, int tokens, Session session) {
        return new Calibration(tokens, protocol(arguments), memory(arguments), session.state());
    }

    static Perplexity.Weighting weighting(Arguments arguments) {
        return Perplexity.Weighting.parse(arguments.text("weighting", "window"));
    }

    /**
     * Over how many tokens activations are recorded. Data that has fewer than the default gives all it has, which is said.
     *
     * @throws UserError if more were asked for than there are
     */
    static int tokens(Arguments arguments, Workload workload, Host host) {
        int tokens = tokens(arguments);
        Map<String, Long> rows = new TreeMap<>(Comparator.reverseOrder()); // encoder first
        workload.activationRows(tokens).forEach((stack, count) -> {
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
        if (arguments.has("tokens")) {
            throw new UserError(there + "; --tokens " + tokens + " asks for more");
        }
        host.notice(there + "; all of them are used");
        return tokens;
    }

    /** A list of options with those of generated text behind. */
    static List<OptionSpec> withGeneration(OptionSpec... options) {
        return Stream.concat(Stream.of(options), GENERATION.stream()).toList();
    }

    static int seed(Arguments arguments) {
        return arguments.whole("seed", 0, 0);
    }

    static MergePlan.Anchor anchor(Arguments arguments) {
        return MergePlan.Anchor.parse(arguments.text("anchor", "first"));
    }

    /**
     * What of the units is correlated.
     *
     * @throws UserError if the model's FF sublayers lack it
     */
    static MergePlan.Features features(Arguments arguments, Architecture architecture) {
        MergePlan.Features features = MergePlan.Features.parse(arguments.text("features", "up"));
        features.requireFits(architecture);
        return features;
    }

    /** The name that a command that makes a model must be given. */
    static String newModel(Arguments arguments) {
        return arguments.text("as").orElseThrow(() -> new UserError("name the new model: --as NEW"));
    }

    /** The stacks that {@code --stack} names. */
    static List<String> stacks(Arguments arguments, Architecture architecture) {
        String named = arguments.text("stack", "both");
        if (named.equals("both")) {
            return architecture.stacks().stream().map(Stack::name).toList();
        }
        return List.of(architecture.stack(named).name());
    }

    /**
     * The groups of layers that {@code --window} and {@code --layers} name; either may be a Java variable that holds a
     * window, layers, or a sweep, whose best window is taken.
     */
    static List<List<Integer>> groups(Arguments arguments) {
        List<List<Integer>> groups = new ArrayList<>();
        for (String window : arguments.list("window")) {
            groups.add(arguments
                    .variable(window)
                    .map(value -> layersOf(window, value))
                    .orElseGet(() -> Window.parse(window).layers()));
        }
        for (String layers : arguments.list("layers")) {
            groups.add(arguments
                    .variable(layers)
                    .map(value -> layersOf(layers, value))
                    .orElseGet(() -> Arguments.layers(layers)));
        }
        if (groups.isEmpty()) {
            throw new UserError("say which layers: --window 3-8 or --layers 2,5,7");
        }
        return groups;
    }

    private static List<Integer> layersOf(String name, Object value) {
        if (value instanceof Window window) {
            return window.layers();
        }
        if (value instanceof SweepResult sweep) {
            return layersOf(name, sweep.best());
        }
        if (value instanceof SweepResult.Row row) {
            return row.layers().values().iterator().next();
        }
        if (value instanceof String text) {
            return text.contains("-") ? Window.parse(text).layers() : Arguments.layers(text);
        }
        if (value instanceof List<?> list && list.stream().allMatch(Integer.class::isInstance)) {
            return list.stream().map(Integer.class::cast).toList();
        }
        throw new UserError("the variable " + name + " holds no window, layers or sweep, but a "
                + value.getClass().getSimpleName());
    }
}
