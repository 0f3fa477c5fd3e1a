package ffmerge.data;

import ffmerge.Nearest;
import ffmerge.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which columns of a table are meant: those that are asked for, else those that are known by their names, whatever their
 * case. None is taken for its place.
 *
 * @param asked in the order of what they hold; empty where none are
 */
public record Columns(List<String> asked) {
    /** Those that are known. */
    public static final Columns KNOWN = new Columns(List.of());

    /**
     * What a column holds.
     *
     * @param name of the column, as it usually is
     * @param others that are known
     */
    record Part(String name, String... others) {
        private List<String> names() {
            List<String> names = new ArrayList<>(List.of(name));
            names.addAll(Arrays.asList(others));
            return names;
        }
    }

    public Columns {
        asked = List.copyOf(asked);
    }

    /**
     * Reads {@code source,target}.
     *
     * @throws UserError if a name is missing
     */
    public static Columns parse(String text) {
        List<String> names =
                Arrays.stream(text.split(",", -1)).map(String::strip).toList();
        if (names.contains("")) {
            throw new UserError("--columns names columns, as in source,target; '" + text + "' lacks one");
        }
        Set<String> seen = new HashSet<>();
        names.stream().filter(name -> !seen.add(name)).findFirst().ifPresent(name -> {
            throw new UserError("--columns " + text + " names " + name + " twice");
        });
        return new Columns(names);
    }

    public String text() {
        return String.join(",", asked);
    }

    public boolean areAsked() {
        return !asked.isEmpty();
    }

    /**
     * A table's columns for these parts, by the names that the table has for them.
     *
     * @throws UserError if one isn't there, with those that are and how to choose
     */
    List<String> choose(Path file, Collection<String> there, List<Part> parts) {
        if (areAsked()) {
            requireCount(file, parts);
            return asked.stream().map(name -> asked(file, there, name)).toList();
        }
        List<String> chosen = new ArrayList<>();
        for (Part part : parts) {
            chosen.add(known(there, part).orElseThrow(() -> missing(file, there, part, parts)));
        }
        return chosen;
    }

    void requireCount(Path file, List<Part> parts) {
        if (asked.size() != parts.size()) {
            throw new UserError("--columns " + text() + ": " + file + " is read for "
                    + parts.stream().map(Part::name).collect(Collectors.joining(" and "))
                    + ", so name " + (parts.size() == 1 ? "one column" : parts.size() + " columns"));
        }
    }

    private static String asked(Path file, Collection<String> there, String name) {
        return named(there, name)
                .orElseThrow(() -> new UserError(file + " has no column '" + name + "', which --columns names"
                        + Nearest.hint(name, there, "it has " + String.join(", ", there))));
    }

    static Optional<String> known(Collection<String> there, Part part) {
        return part.names().stream()
                .flatMap(name -> named(there, name).stream())
                .findFirst();
    }

    /** A column of this name, else the only one of this name in another case. */
    private static Optional<String> named(Collection<String> there, String name) {
        if (there.contains(name)) {
            return Optional.of(name);
        }
        List<String> alike =
                there.stream().filter(column -> column.equalsIgnoreCase(name)).toList();
        return alike.size() == 1 ? Optional.of(alike.get(0)) : Optional.empty();
    }

    static UserError missing(Path file, Collection<String> there, Part part, List<Part> parts) {
        return new UserError(file + " has no column '" + part.name() + "'; it has " + String.join(", ", there) + "; "
                + howTo(parts)
                + (parts.equals(List.of(ParquetText.PART)) ? ", or of dialogues DIALOGUE,SUMMARY" : ""));
    }

    /** {@code --columns SOURCE,TARGET says which are meant} */
    static String howTo(List<Part> parts) {
        return "--columns "
                + parts.stream().map(p -> p.name().toUpperCase(Locale.ROOT)).collect(Collectors.joining(","))
                + " says which " + (parts.size() == 1 ? "is" : "are") + " meant";
    }
}
