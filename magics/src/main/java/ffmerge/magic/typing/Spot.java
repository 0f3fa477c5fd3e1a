package ffmerge.magic.typing;

import ffmerge.magic.command.CommandSpec;
import ffmerge.magic.command.Option;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What stands, or could stand, where the cursor is in a cell of our language. */
sealed interface Spot {
    /** The word under the cursor. */
    Word word();

    /** {@code %ffmerge} itself. */
    record MagicName(Word word) implements Spot {}

    /**
     * A command's name.
     *
     * @param prefix what a recipe's line still lacks before it
     * @param suffix what YAML still lacks behind it
     */
    record CommandName(Word word, String prefix, String suffix) implements Spot {}

    /**
     * One of a command's arguments.
     *
     * @param index which one, from 0
     * @param onLine whether options may stand here as well
     */
    record Argument(Word word, CommandSpec command, int index, Written written, boolean onLine) implements Spot {}

    /**
     * An option's name.
     *
     * @param prefix {@code --} on a line
     * @param suffix {@code : } in YAML
     */
    record OptionName(Word word, CommandSpec command, Written written, String prefix, String suffix) implements Spot {}

    /** An option's value, or one of several in it. */
    record OptionValue(Word word, CommandSpec command, Option<?> option, Written written) implements Spot {}

    /** A place of our language about which nothing is known: a comment, the options of an unknown command. */
    record Unknown(Word word) implements Spot {}

    /**
     * A word of the cell.
     *
     * @param typed what of it stands before the cursor
     * @param start where it begins in the cell
     * @param end where it ends: at the cursor or behind it
     */
    record Word(String typed, int start, int end) {
        /** The item under the cursor in a text that may hold several: {@code permute,no}, {@code [2, 5}. */
        static Word item(String code, int from, int cursor, int to) {
            int start = cursor;
            while (start > from && !separates(code.charAt(start - 1))) {
                start--;
            }
            int end = cursor;
            while (end < to && !separates(code.charAt(end))) {
                end++;
            }
            return new Word(code.substring(start, cursor), start, end);
        }

        private static boolean separates(char c) {
            return Character.isWhitespace(c) || ",[]\"'".indexOf(c) >= 0;
        }
    }

    /**
     * What a command's line, body or step says beside the word under the cursor.
     *
     * @param arguments in order
     * @param options by name
     * @param names the models that the cell names above the cursor, loaded or not
     */
    record Written(List<String> arguments, Map<String, String> options, Set<String> names) {}
}
