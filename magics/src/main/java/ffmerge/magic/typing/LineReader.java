package ffmerge.magic.typing;

import ffmerge.magic.command.Command;
import ffmerge.magic.command.CommandSpec;
import ffmerge.magic.command.Commands;
import ffmerge.magic.command.Option;
import ffmerge.magic.typing.Spot.Word;
import ffmerge.magic.typing.Spot.Written;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Reads the words behind {@code %ffmerge} on one line; forgivingly, as the line may still be typed. */
final class LineReader {
    private record Token(String text, int start, int end) {}

    private final String code;
    private final int cursor;
    private final Commands commands;
    private final List<String> arguments = new ArrayList<>();
    private final Map<String, String> options = new LinkedHashMap<>();
    private boolean named;
    private CommandSpec command;
    private Option<?> awaiting;
    private Function<Written, Spot> spot;

    /** @param cursor may lie outside of the line */
    LineReader(String code, int from, int to, int cursor, Commands commands) {
        this.code = code;
        this.cursor = cursor;
        this.commands = commands;
        this.spot = w -> new Spot.Unknown(new Word("", cursor, cursor));
        tokens(from, to).forEach(this::take);
    }

    /** Whether a command is named, be it a wrong one. */
    boolean isNamed() {
        return named;
    }

    Optional<CommandSpec> command() {
        return Optional.ofNullable(command);
    }

    /** @param names the models that the cell names above */
    Written written(Set<String> names) {
        return new Written(List.copyOf(arguments), Map.copyOf(options), names);
    }

    /** Where the cursor is. */
    Spot spot(Set<String> names) {
        return spot.apply(written(names));
    }

    /** The line's words, and an empty one where the cursor stands between two. */
    private List<Token> tokens(int from, int to) {
        List<Token> tokens = new ArrayList<>();
        boolean between = from <= cursor && cursor <= LineWords.commentStart(code, from, to);
        for (LineWords.Word word : LineWords.split(code, from, to)) {
            if (between && cursor <= word.start()) {
                tokens.add(new Token("", cursor, cursor));
            }
            between = between && cursor > word.end();
            tokens.add(new Token(code.substring(word.start(), word.end()), word.start(), word.end()));
        }
        if (between) {
            tokens.add(new Token("", cursor, cursor));
        }
        return tokens;
    }

    private boolean isHere(Token token) {
        return token.text().isEmpty() || token.start() < cursor && cursor <= token.end();
    }

    private void take(Token token) {
        boolean first = !named;
        named = true;
        if (first) {
            takeCommand(token);
        } else if (command == null) {
            return;
        } else if (token.text().startsWith("--") || token.text().startsWith("-") && awaiting == null) {
            takeOption(token);
        } else if (awaiting != null) {
            takeValue(token, token.start(), awaiting);
            awaiting = null;
        } else {
            takeArgument(token);
        }
    }

    private void takeCommand(Token token) {
        command = commands.find(token.text()).map(Command::spec).orElse(null);
        if (isHere(token)) {
            named = !token.text().isEmpty();
            Word word = wordUpTo(token, token.end());
            spot = w -> new Spot.CommandName(word, "", "");
        }
    }

    private void takeOption(Token token) {
        int equals = token.text().indexOf('=');
        int nameEnd = equals < 0 ? token.end() : token.start() + equals;
        String name = code.substring(token.start(), nameEnd).replaceFirst("^--?", "");
        Optional<Option<?>> option = command.option(name);
        if (isHere(token) && cursor <= nameEnd) {
            Word word = wordUpTo(token, nameEnd);
            CommandSpec of = command;
            spot = w -> new Spot.OptionName(word, of, w, "--", "");
        } else {
            options.put(name, "");
        }
        if (equals < 0) {
            awaiting = option.filter(o -> o.kind() != Option.Kind.FLAG).orElse(null);
        } else {
            option.ifPresent(o -> takeValue(token, nameEnd + 1, o));
        }
    }

    private void takeValue(Token token, int from, Option<?> option) {
        if (isHere(token) && from <= cursor) {
            Word word = Word.item(code, from, cursor, token.end());
            CommandSpec of = command;
            spot = w -> new Spot.OptionValue(word, of, option, w);
        }
        options.put(option.name(), code.substring(from, token.end()));
    }

    private void takeArgument(Token token) {
        if (!isHere(token)) {
            arguments.add(token.text());
            return;
        }
        Word word = wordUpTo(token, token.end());
        CommandSpec of = command;
        int index = arguments.size();
        spot = w -> new Spot.Argument(word, of, index, w, true);
    }

    private Word wordUpTo(Token token, int end) {
        return new Word(code.substring(token.start(), cursor), token.start(), end);
    }
}
