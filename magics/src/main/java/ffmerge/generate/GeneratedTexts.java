package ffmerge.generate;

import java.util.ArrayList;
import java.util.List;

/** The texts of a batch while a search goes on with them: which tokens each of its rows has so far. */
public final class GeneratedTexts {
    private final ScoreRules rules;
    private List<TextSoFar> rows = new ArrayList<>();

    /**
     * @param given tokens that each text begins with
     * @param sources what an encoder was given for each; of a model without, the same
     */
    public GeneratedTexts(List<int[]> given, List<int[]> sources, GenerationSettings settings) {
        rules = settings.rules();
        for (int i = 0; i < given.size(); i++) {
            int[] own = given.get(i);
            rows.add(new TextSoFar(own, own.length, sources.get(i), settings.newTokens(own.length)));
        }
    }

    /** How many tokens each text may get. */
    public int[] limits() {
        return rows.stream().mapToInt(TextSoFar::limit).toArray();
    }

    /** The texts go on as a search chose. */
    public void goOn(Search.Rows chosen) {
        List<TextSoFar> next = new ArrayList<>();
        for (int row = 0; row < chosen.order().length; row++) {
            next.add(rows.get((int) chosen.order()[row]).with((int) chosen.tokens()[row]));
        }
        rows = next;
    }

    /** Applies the rules to the scores of the next tokens, {@code [rows, vocabulary]}, in place. */
    public void apply(float[] scores) {
        rules.apply(rows, scores);
    }
}
