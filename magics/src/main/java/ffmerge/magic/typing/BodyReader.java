package ffmerge.magic.typing;

import ffmerge.magic.command.Command;
import ffmerge.magic.command.CommandSpec;
import ffmerge.magic.command.Commands;
import ffmerge.magic.typing.Spot.Word;
import ffmerge.magic.typing.Spot.Written;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the YAML below a {@code %%ffmerge} line: a command's options, or the steps of a recipe. By lines and forgivingly,
 * as what is being typed is seldom YAML yet.
 */
final class BodyReader {
    private static final Pattern LINE = Pattern.compile(
            "(?<indent> *)(?<dash>-(?: +|$))?(?:(?<key>[\\w-]+)(?<colon>:(?=\\s|$))?)?(?<rest>.*)",
            Pattern.DOTALL); // a line may hold what else ends lines: CR, NEL

    /**
     * A line of the body.
     *
     * @param dash whether it begins an item of a list
     * @param content where its text begins, behind the indent and the dash
     * @param key the word before the colon, or a first word that may become one
     * @param value where the value begins, behind the colon; -1 where there is no colon
     */
    private record Line(int start, int end, int indent, boolean dash, int content, String key, int value) {}

    private final String code;
    private final int cursor;
    private final Commands commands;
    private final List<Line> lines = new ArrayList<>();
    private int here;

    BodyReader(String code, int from, int cursor, Commands commands) {
        this.code = code;
        this.cursor = cursor;
        this.commands = commands;
        for (int start = from; start <= code.length(); ) {
            int newline = code.indexOf('\n', start);
            int end = newline < 0 ? code.length() : newline;
            if (start <= cursor && cursor <= end) {
                here = lines.size();
            }
            lines.add(line(start, end));
            start = end + 1;
        }
    }

    private Line line(int start, int end) {
        Matcher line = LINE.matcher(code).region(start, end);
        if (!line.matches()) {
            throw new IllegalStateException("every line matches");
        }
        int content = line.group("dash") == null ? line.end("indent") : line.end("dash");
        String key = line.group("key") == null ? "" : line.group("key");
        return new Line(
                start,
                end,
                line.end("indent") - start,
                line.group("dash") != null,
                content,
                key,
                line.group("colon") == null ? -1 : line.end("colon"));
    }

    /**
     * Where the cursor is.
     *
     * @param head the cell's first line
     * @param names the models that the cell names above
     */
    Spot spot(LineReader head, Set<String> names) {
        Line line = lines.get(here);
        String typed = code.substring(line.start(), cursor);
        if (typed.strip().startsWith("#") || typed.contains(" #")) {
            return unknown();
        }
        if (head.isNamed()) {
            Written written = written(head.written(names), 0, lines.size(), names);
            return head.command().map(c -> ofOptions(c, line, written)).orElseGet(this::unknown);
        }
        return ofStep(line, names);
    }

    private Spot ofOptions(CommandSpec command, Line line, Written written) {
        if (line.dash()) {
            return keyAbove(0)
                    .map(key -> ofValue(command, key, line.content(), written))
                    .orElseGet(this::unknown);
        }
        if (line.value() >= 0 && cursor >= line.value()) {
            return ofValue(command, line, line.value(), written);
        }
        return name(line)
                .<Spot>map(w -> new Spot.OptionName(w, command, written, "", suffix(line)))
                .orElseGet(this::unknown);
    }

    private Spot ofValue(CommandSpec command, Line key, int from, Written written) {
        return command.option(key.key())
                .<Spot>map(o -> new Spot.OptionValue(item(from), command, o, written))
                .orElseGet(this::unknown);
    }

    private Spot ofStep(Line line, Set<String> names) {
        Optional<Integer> step = stepAbove(line);
        if (step.isEmpty()) {
            return ofStepLine(line, names);
        }
        Line first = lines.get(step.get());
        Written written =
                written(new Written(words(first), Map.of(), names), step.get() + 1, stepEnd(step.get()), names);
        Optional<CommandSpec> command = command(first.key());
        if (line.dash()) {
            return command.flatMap(c -> keyAbove(step.get()).map(key -> ofValue(c, key, line.content(), written)))
                    .orElseGet(this::unknown);
        }
        return command.map(c -> ofOptions(c, line, written)).orElseGet(this::unknown);
    }

    private Spot ofStepLine(Line line, Set<String> names) {
        if (line.value() >= 0 && cursor >= line.value()) {
            Word word = item(line.value());
            List<String> before = words(code.substring(line.value(), word.start()));
            return command(line.key())
                    .<Spot>map(
                            c -> new Spot.Argument(word, c, before.size(), new Written(before, Map.of(), names), false))
                    .orElseGet(this::unknown);
        }
        String lead = line.dash() ? "" : "- ";
        String space = line.dash() && code.charAt(line.content() - 1) == '-' ? " " : lead;
        return name(line)
                .<Spot>map(w -> new Spot.CommandName(w, space, suffix(line)))
                .orElseGet(this::unknown);
    }

    /** The line that begins the step to which this one belongs; none where it is or would be a step itself. */
    private Optional<Integer> stepAbove(Line line) {
        for (int i = here - 1; i >= 0; i--) {
            if (lines.get(i).dash() && lines.get(i).indent() < line.indent()) {
                return Optional.of(i);
            }
        }
        return Optional.empty();
    }

    private Optional<CommandSpec> command(String name) {
        return commands.find(name).map(Command::spec);
    }

    private int stepEnd(int step) {
        for (int i = step + 1; i < lines.size(); i++) {
            if (lines.get(i).dash() && lines.get(i).indent() <= lines.get(step).indent()) {
                return i;
            }
        }
        return lines.size();
    }

    /** The option whose list the line under the cursor continues. */
    private Optional<Line> keyAbove(int first) {
        for (int i = here - 1; i >= first; i--) {
            if (!lines.get(i).dash() && lines.get(i).value() >= 0) {
                return Optional.of(lines.get(i));
            }
        }
        return Optional.empty();
    }

    /** Adds the options of these lines, but not of the one under the cursor, to what the head says. */
    private Written written(Written head, int from, int to, Set<String> names) {
        Map<String, String> options = new LinkedHashMap<>();
        for (int i = from; i < to; i++) {
            Line line = lines.get(i);
            if (i != here && !line.dash() && line.value() >= 0) {
                options.put(line.key(), code.substring(line.value(), line.end()).strip());
            }
        }
        options.putAll(head.options());
        return new Written(head.arguments(), options, names);
    }

    private List<String> words(Line step) {
        return step.value() < 0 ? List.of() : words(code.substring(step.value(), step.end()));
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.split("[\\s,\\[\\]\"']+"))
                .filter(s -> !s.isEmpty())
                .toList();
    }

    /** The name under the cursor; none where the cursor stands before or behind it. */
    private Optional<Word> name(Line line) {
        int end = line.content() + line.key().length();
        if (line.key().isEmpty() && code.substring(line.content(), line.end()).isBlank()) {
            return Optional.of(new Word("", cursor, cursor));
        }
        if (cursor < line.content() || cursor > end) {
            return Optional.empty();
        }
        return Optional.of(new Word(code.substring(line.content(), cursor), line.content(), end));
    }

    private static String suffix(Line line) {
        return line.value() >= 0 ? "" : ": ";
    }

    private Word item(int from) {
        return Word.item(code, Math.min(from, cursor), cursor, lines.get(here).end());
    }

    private Spot unknown() {
        return new Spot.Unknown(new Word("", cursor, cursor));
    }
}
