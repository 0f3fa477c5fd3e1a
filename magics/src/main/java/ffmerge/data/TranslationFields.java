package ffmerge.data;

import ffmerge.UserError;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/** Which fields of a struct column {@code translation}, one for each language as the hub has them, are the pair. */
record TranslationFields(String first, String second) {
    static final String COLUMN = "translation";
    private static final String PREFIX = COLUMN + ".";

    /** Whether a table's pairs are looked for in its column {@code translation}: other columns are taken where they are asked for. */
    static boolean areMeant(Columns asked, Collection<String> columns) {
        return columns.contains(COLUMN)
                && columns.stream().noneMatch(column -> asked.asked().stream().anyMatch(column::equalsIgnoreCase));
    }

    /**
     * Those that are asked for, {@code zh} or {@code translation.zh}, else those of the model's languages.
     *
     * @param file that a choice of columns is checked against
     * @param place in it, for errors
     * @param from the language that the model translates from; empty where it doesn't tell
     * @param to the language that it translates into
     * @throws UserError if there are none of these, or nothing tells which are meant
     */
    static TranslationFields of(Path file, String place, List<String> fields, Columns asked, String from, String to) {
        if (fields.size() < 2) {
            throw new UserError(place + ": the column 'translation' should hold a field for each of two languages");
        }
        if (asked.areAsked()) {
            Columns names = new Columns(asked.asked().stream()
                    .map(name -> name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name)
                    .toList());
            List<String> chosen = PairColumns.of(file, fields, names, from, to).sentences();
            return new TranslationFields(chosen.get(0), chosen.get(1));
        }
        if (from.isEmpty() || to.isEmpty()) {
            throw new UserError(place + ": the column 'translation' has the languages " + String.join(", ", fields)
                    + ", and the model doesn't tell its own: --columns " + fields.get(0) + "," + fields.get(1)
                    + " reads it as from the first into the second");
        }
        return new TranslationFields(language(place, fields, from), language(place, fields, to));
    }

    private static String language(String place, List<String> there, String language) {
        return there.stream()
                .filter(field -> Languages.same(field, language))
                .findFirst()
                .orElseThrow(
                        () -> new UserError(place + " has sentences in " + String.join(" and ", there) + ", none in "
                                + language + "; --columns " + there.get(0) + "," + there.get(1)
                                + " reads them as from the first into the second"));
    }
}
