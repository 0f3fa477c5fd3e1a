package ffmerge.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What each token of a row contributes to its text: behind others, a token may begin with a space that it lacks alone. */
public final class TokenTexts {
    private static final char HALF_A_CHARACTER = '\uFFFD';

    private final Tokenizer tokenizer;
    private final int before;
    private final String textBefore;
    private final Map<Integer, String> behindOthers = new HashMap<>();

    public TokenTexts(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        int[] letter = tokenizer.piece("a");
        this.before = letter[letter.length - 1];
        this.textBefore = tokenizer.decode(before);
    }

    /** Of a token that others stand before. */
    public String of(int token) {
        return behindOthers.computeIfAbsent(token, this::alone);
    }

    /** Of tokens that others stand before, all together, special ones left out. */
    public String behind(int... tokens) {
        int[] row = IntStream.concat(IntStream.of(before), IntStream.of(tokens)).toArray();
        String both = tokenizer.plainText(row);
        return both.startsWith(textBefore) ? both.substring(textBefore.length()) : tokenizer.plainText(tokens);
    }

    private String alone(int token) {
        String both = tokenizer.decode(before, token);
        return both.startsWith(textBefore) ? both.substring(textBefore.length()) : tokenizer.decode(token);
    }

    /** Of all tokens of a row. */
    public List<String> of(int[] tokens) {
        List<String> texts = new ArrayList<>();
        for (int token : tokens) {
            texts.add(texts.isEmpty() ? tokenizer.decode(token) : of(token));
        }
        return texts;
    }

    /**
     * Where in a text its tokens begin, in code points. A token that is a part of a character begins where the character does.
     *
     * @param tokens their texts
     */
    public static List<Integer> offsets(String text, List<String> tokens) {
        List<Integer> offsets = new ArrayList<>();
        int at = 0;
        for (String token : tokens) {
            boolean whole = token.indexOf(HALF_A_CHARACTER) < 0;
            int found = whole && !token.isEmpty() ? text.indexOf(token, at) : -1;
            int start = found < 0 ? at : found;
            offsets.add(text.codePointCount(0, start));
            at = found < 0 ? at : found + token.length();
        }
        return offsets;
    }
}
