package ffmerge.magic.typing;

import ffmerge.magic.command.CommandSpec;
import ffmerge.magic.command.Commands;
import ffmerge.magic.command.HelpResult;
import ffmerge.magic.command.Option;
import ffmerge.view.Html;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a command or an option says about itself, once for terminals and once for pages. The {@code help} command and the
 * tooltip under shift-tab both show it, so that neither can know more than the other.
 */
public record HelpText(String text, String html) {
    /** @param example shown below the meaning; may be empty */
    private record Row(String words, String meaning, String example) {}

    /** What the {@code help} command shows. */
    public static HelpText of(HelpResult result) {
        List<CommandSpec> commands = result.commands();
        return commands.size() == 1 ? of(commands.get(0)) : overview(commands);
    }

    /**
     * What the word under the cursor means, or the command that it belongs to.
     *
     * @return empty where the cursor stands in something else than our language
     */
    public static Optional<HelpText> at(String code, int cursor, Commands commands) {
        int wordEnd = cursor;
        while (wordEnd < code.length() && !Character.isWhitespace(code.charAt(wordEnd))) {
            wordEnd++;
        }
        return MagicCell.spotAt(code, wordEnd, commands).map(spot -> {
            if (spot instanceof Spot.OptionValue value) {
                return of(value.command(), value.option());
            }
            if (spot instanceof Spot.Argument argument) {
                return of(argument.command());
            }
            if (spot instanceof Spot.OptionName name) {
                String option = name.word().typed().replaceFirst("^--?", "");
                return name.command()
                        .option(option)
                        .map(o -> of(name.command(), o))
                        .orElseGet(() -> of(name.command()));
            }
            if (spot instanceof Spot.CommandName name) {
                return commands.find(name.word().typed())
                        .map(c -> of(c.spec()))
                        .orElseGet(() -> overview(commands.specs()));
            }
            return overview(commands.specs());
        });
    }

    /** All commands, each with an example. */
    public static HelpText overview(List<CommandSpec> commands) {
        List<Row> rows = commands.stream()
                .map(c -> new Row((c.name() + " " + c.arguments()).strip(), c.summary(), c.example()))
                .toList();
        String usage = "%ffmerge COMMAND [ARG]… [--option value]…";
        String body = "%%ffmerge COMMAND takes the options as YAML below; %%ffmerge alone takes a list of steps";
        String more = "%ffmerge help COMMAND";
        return new HelpText(
                usage + "\n" + body + "\n\n" + text(rows) + "\n\nmore: " + more,
                code(usage) + paragraph(Html.escape(body)) + table(rows) + paragraph("More: " + code(more)));
    }

    /** A command's usage, options and example. */
    public static HelpText of(CommandSpec command) {
        List<Row> rows = Stream.concat(
                        command.options().stream().map(o -> new Row(words(o), meaning(o), "")),
                        command.notes().stream().map(n -> new Row(n.word(), n.meaning(), "")))
                .toList();
        return new HelpText(
                command.usage() + "\n" + command.summary() + "\n\n" + (rows.isEmpty() ? "" : text(rows) + "\n\n")
                        + "example: " + command.example(),
                code(command.usage())
                        + paragraph(Html.escape(command.summary()))
                        + table(rows)
                        + paragraph("Example: " + code(command.example())));
    }

    /** An option's meaning, and whose it is. */
    public static HelpText of(CommandSpec command, Option<?> option) {
        String owner = "%ffmerge " + command.name() + " " + words(option);
        return new HelpText(owner + "\n" + meaning(option), code(owner) + paragraph(Html.escape(meaning(option))));
    }

    private static String words(Option<?> option) {
        return ("--" + option.name() + " " + option.placeholder()).strip();
    }

    private static String meaning(Option<?> option) {
        String several = option.kind() == Option.Kind.LIST ? "; may be given several times" : "";
        String fallback = option.fallback().isEmpty() ? "" : " (default: " + option.fallback() + ")";
        return option.help() + (option.help().contains("several") ? "" : several) + fallback;
    }

    private static String text(List<Row> rows) {
        int width = rows.stream().mapToInt(r -> r.words().length()).max().orElse(0);
        return rows.stream()
                .map(r -> String.format("  %-" + Math.max(1, width) + "s  %s", r.words(), r.meaning())
                        + (r.example().isEmpty() ? "" : "\n" + " ".repeat(width + 4) + r.example()))
                .collect(Collectors.joining("\n"));
    }

    private static String table(List<Row> rows) {
        if (rows.isEmpty()) {
            return "";
        }
        String cell = "<td style=\"text-align:left;vertical-align:top\">";
        return rows.stream()
                .map(r -> "<tr>" + cell + code(r.words()) + "</td>" + cell + Html.escape(r.meaning())
                        + (r.example().isEmpty() ? "" : "<br>" + code(r.example())) + "</td></tr>")
                .collect(Collectors.joining("", "<table>", "</table>"));
    }

    private static String code(String words) {
        return "<code>" + Html.escape(words) + "</code>";
    }

    private static String paragraph(String html) {
        return "<p>" + html + "</p>";
    }
}
