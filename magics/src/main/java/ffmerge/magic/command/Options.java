package ffmerge.magic.command;

/** The options that several commands share. */
final class Options {
    static final OptionSpec AS_MODEL =
            OptionSpec.text("as", "NAME", "", "the new model's name, also a Java variable of the notebook");
    static final OptionSpec AS_RESULT = OptionSpec.text("as", "NAME", "", "a Java variable that gets the result");
    static final OptionSpec DATA = OptionSpec.text(
            "data", "NAME|PATH", "the model's demo data", "a demo data set's name, or a file or folder of text");
    static final OptionSpec TOKENS =
            OptionSpec.whole("tokens", "N", "10000", "how many tokens activations are recorded over");
    static final OptionSpec SEED = OptionSpec.whole("seed", "N", "0", "of every random choice");
    static final OptionSpec DEVICE =
            OptionSpec.text("device", "auto|cpu|gpu[:i]", "auto", "where the model is kept and computed");
    static final OptionSpec DRY_RUN =
            OptionSpec.flag("dry-run", "say what it would cost in time, memory and disk; run nothing");
    static final OptionSpec LIMIT = OptionSpec.whole("limit", "N", "all", "at most so many examples");
    static final OptionSpec OUT =
            OptionSpec.text("out", "FILE", "", "also write the result there: .json, .csv, .png, .svg");
    static final OptionSpec STACK =
            OptionSpec.text("stack", "encoder|decoder|both", "all there are", "which stacks of layers");

    static OptionSpec split(String fallback) {
        return OptionSpec.choice("split", fallback, "which part of the data", "train", "validation", "test");
    }

    private Options() {}
}
