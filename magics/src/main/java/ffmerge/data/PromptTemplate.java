package ffmerge.data;

import ffmerge.UserError;

/**
 * The text in which a model is shown a dialogue.
 *
 * @param text holds {@code {dialogue}} once
 */
public record PromptTemplate(String text) {
    private static final String PLACE = "{dialogue}";

    /** {@code Summarize the dialogue.}, the dialogue, {@code Summary:}, and a line of its own for the summary. */
    public static final PromptTemplate DEFAULT =
            new PromptTemplate("Summarize the dialogue.\n\n{dialogue}\n\nSummary:\n");

    public PromptTemplate {
        int at = text.indexOf(PLACE);
        if (at < 0 || text.indexOf(PLACE, at + 1) >= 0) {
            throw new UserError("a prompt names " + PLACE + " once, as in '" + "TL;DR of {dialogue}:\\n"
                    + "'; this doesn't: '" + text + "'");
        }
    }

    /** @param line where {@code \n} stands for a line break */
    public static PromptTemplate parse(String line) {
        return new PromptTemplate(line.replace("\\n", "\n"));
    }

    String of(String dialogue) {
        return text.replace(PLACE, dialogue);
    }
}
