package ffmerge.magic.typing;

import ffmerge.magic.command.Commands;
import ffmerge.magic.typing.Spot.Word;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds our language in a cell: lines that begin with {@code %ffmerge}, or a cell that begins with {@code %%ffmerge}. */
final class MagicCell {
    private static final Pattern HEAD = Pattern.compile("\\s*%%ffmerge(?=\\s|$)");
    private static final Pattern LINE = Pattern.compile("\\s*%ffmerge(?=\\s|$)");
    /** {@code --as base} on a line, {@code as: base} in YAML. */
    private static final Pattern NAMED =
            Pattern.compile("(?:--as(?:\\s+|=)|^\\s*-?\\s*as:\\s+)([\\w$]+)", Pattern.MULTILINE);

    private MagicCell() {}

    /** @return empty where the cursor stands in something else than our language */
    static Optional<Spot> spotAt(String code, int cursor, Commands commands) {
        int from = code.lastIndexOf('\n', cursor - 1) + 1;
        int to = lineEnd(code, cursor);
        Matcher head = HEAD.matcher(code);
        if (head.lookingAt() && cursor > lineEnd(code, head.end())) {
            int bodyFrom = lineEnd(code, head.end()) + 1;
            LineReader line = new LineReader(code, head.end(), bodyFrom - 1, cursor, commands);
            return Optional.of(new BodyReader(code, bodyFrom, cursor, commands).spot(line, namesAbove(code, from)));
        }
        Matcher name = (head.lookingAt() ? HEAD : LINE).matcher(code).region(from, to);
        if (!name.lookingAt()) {
            return Optional.empty();
        }
        if (cursor <= name.end()) {
            int start = code.indexOf('%', from);
            return Optional.of(
                    new Spot.MagicName(new Word(code.substring(Math.min(start, cursor), cursor), start, name.end())));
        }
        return Optional.of(new LineReader(code, name.end(), to, cursor, commands).spot(namesAbove(code, from)));
    }

    private static int lineEnd(String code, int from) {
        int end = code.indexOf('\n', from);
        return end < 0 ? code.length() : end;
    }

    private static Set<String> namesAbove(String code, int end) {
        Set<String> names = new LinkedHashSet<>();
        NAMED.matcher(code).region(0, end).results().forEach(r -> names.add(r.group(1)));
        return names;
    }
}
