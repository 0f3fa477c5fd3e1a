package ffmerge.data;

import ffmerge.UserError;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Where a table's sentence pairs stand.
 *
 * @param languages the columns that name the two languages; empty where none do
 * @param sentences the two columns of sentences
 */
record PairColumns(List<String> languages, List<String> sentences) {
    static final Columns.Part SOURCE = new Columns.Part("source", "sourceString", "source_text", "src");
    static final Columns.Part TARGET = new Columns.Part("target", "targetString", "target_text", "tgt");
    private static final List<Columns.Part> PARTS = List.of(SOURCE, TARGET);
    private static final Columns.Part SOURCE_LANGUAGE = new Columns.Part("sourceLang", "source_lang");
    private static final Columns.Part TARGET_LANGUAGE = new Columns.Part("targetLang", "target_lang");

    /** What else columns of sentences are called, without their numbers: a line of such words holds no sentences. */
    private static final Set<String> HEADINGS = Set.of(
            "source",
            "sourcesentence",
            "sourcestring",
            "sourcetext",
            "sourcelang",
            "src",
            "target",
            "targetsentence",
            "targetstring",
            "targettext",
            "targetlang",
            "tgt",
            "trg",
            "input",
            "output",
            "sentence",
            "text",
            "translation",
            "original",
            "reference",
            "ref",
            "question",
            "answer",
            "from",
            "to",
            "id",
            "lang",
            "language",
            "label",
            "score",
            "index");

    /**
     * Those that are asked for, else by the names that data sets use, else those that are named after the languages.
     *
     * @param from the language that the model translates from; empty where it doesn't tell
     * @param to the language that it translates into
     * @throws UserError if there are none of these
     */
    static PairColumns of(Path file, List<String> there, Columns columns, String from, String to) {
        if (columns.areAsked()) {
            return new PairColumns(List.of(), columns.choose(file, there, PARTS));
        }
        return known(there, from, to)
                .orElseThrow(() -> new UserError(file + " has no pairs of sentences that are known here: expected are"
                        + " columns 'source' and 'target', or named after the model's languages; it has "
                        + String.join(", ", there) + "; " + Columns.howTo(PARTS)));
    }

    static Optional<PairColumns> known(List<String> there, String from, String to) {
        Optional<String> source = Columns.known(there, SOURCE);
        Optional<String> target = Columns.known(there, TARGET);
        if (source.isPresent() && target.isPresent()) {
            Optional<String> sourceLanguage = Columns.known(there, SOURCE_LANGUAGE);
            Optional<String> targetLanguage = Columns.known(there, TARGET_LANGUAGE);
            boolean told = sourceLanguage.isPresent() && targetLanguage.isPresent();
            return Optional.of(new PairColumns(
                    told ? List.of(sourceLanguage.get(), targetLanguage.get()) : List.of(),
                    List.of(source.get(), target.get())));
        }
        Optional<String> first = language(there, from);
        Optional<String> second = language(there, to);
        return first.isPresent() && second.isPresent()
                ? Optional.of(new PairColumns(List.of(), List.of(first.get(), second.get())))
                : Optional.empty();
    }

    private static Optional<String> language(List<String> there, String language) {
        return there.stream()
                .filter(c -> !language.isEmpty() && Languages.names(c, language))
                .findFirst();
    }

    /** Whether each cell of a first line is rather a column's name than a sentence. */
    static boolean isHeader(List<String> cells) {
        return cells.stream().allMatch(PairColumns::isHeading);
    }

    private static boolean isHeading(String cell) {
        String word = cell.strip().toLowerCase(Locale.ROOT).replaceAll("[\\s_-]|\\d+$", "");
        return HEADINGS.contains(word) || Languages.isNameOrCode(cell);
    }

    static String howTo() {
        return Columns.howTo(PARTS);
    }

    /** @throws UserError if not two are asked for */
    static void requireTwo(Path file, Columns columns) {
        columns.requireCount(file, PARTS);
    }
}
