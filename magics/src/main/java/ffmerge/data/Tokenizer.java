package ffmerge.data;

import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.tokenize.TextTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/** Text to token ids, by the {@code tokenizer.json} of a model. */
public final class Tokenizer implements AutoCloseable {
    /** Pieces that the cores share before progress is shown again. */
    private static final int PIECES_AT_A_TIME = 16;

    private final TextTokenizer tokenizer;

    private Tokenizer(TextTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** @throws UserError if the folder has no {@code tokenizer.json} or it is damaged */
    public static Tokenizer load(Path folder) {
        return new Tokenizer(TextTokenizer.load(folder));
    }

    /** The ids of a text as one stream, without special tokens. */
    public int[] encode(String text, Progress progress) {
        return tokenize(text, progress).ids();
    }

    /** A text as one stream, without special tokens. */
    public TokenizedText tokenize(String text, Progress progress) {
        int[] ids = new int[text.length() / 3 + 16];
        int[] ends = new int[ids.length];
        int count = 0;
        try (Progress.Stage stage = progress.start("Tokenizing", text.length(), "characters")) {
            for (int start = 0; start < text.length(); ) {
                List<String> pieces = new ArrayList<>();
                while (pieces.size() < PIECES_AT_A_TIME && start < text.length()) {
                    int end = tokenizer.pieceEnd(text, start);
                    pieces.add(text.substring(start, end));
                    start = end;
                }
                int begin = start - pieces.stream().mapToInt(String::length).sum();
                for (TextTokenizer.Encoded piece : tokenizer.encode(pieces, false)) {
                    int length = piece.ids().length;
                    if (count + length > ids.length) {
                        ids = Arrays.copyOf(ids, Math.max(2 * ids.length, count + length));
                        ends = Arrays.copyOf(ends, ids.length);
                    }
                    System.arraycopy(piece.ids(), 0, ids, count, length);
                    for (int i = 0; i < length; i++) {
                        ends[count + i] = begin + piece.ends()[i];
                    }
                    count += length;
                    begin += piece.length();
                }
                stage.advance(start);
            }
        }
        return new TokenizedText(text, Arrays.copyOf(ids, count), Arrays.copyOf(ends, count));
    }

    /** The special tokens that the tokenizer's own template puts before a text. */
    public int[] beginning() {
        TextTokenizer.Encoded encoded = tokenizer.encode(List.of("a"), true).get(0);
        int special = 0;
        while (special < encoded.ids().length && encoded.special()[special]) {
            special++;
        }
        return Arrays.copyOf(encoded.ids(), special);
    }

    /**
     * A text with the special tokens that the tokenizer's own template puts around it.
     *
     * @param behind how many of them stand behind the text
     */
    record Templated(int[] ids, int behind) {
        /** As many tokens as a model takes: of one that is longer, the text loses its end. */
        int[] first(int longest) {
            if (ids.length <= longest) {
                return ids;
            }
            int[] cut = Arrays.copyOf(ids, longest);
            int kept = Math.min(behind, longest);
            System.arraycopy(ids, ids.length - kept, cut, longest - kept, kept);
            return cut;
        }
    }

    /** Texts with special tokens, each for itself. */
    List<Templated> templated(List<String> texts) {
        return tokenizer.encode(texts, true).stream()
                .map(encoded -> {
                    int behind = 0;
                    while (behind < encoded.ids().length && encoded.special()[encoded.ids().length - 1 - behind]) {
                        behind++;
                    }
                    return new Templated(encoded.ids(), behind);
                })
                .toList();
    }

    /** A text to be gone on with, with the special tokens that the model expects before it. */
    int[] prompt(String text) {
        TextTokenizer.Encoded encoded = tokenizer.encode(List.of(text), true).get(0);
        int length = encoded.ids().length;
        while (length > 1 && encoded.special()[length - 1]) {
            length--; // an end would end it
        }
        return Arrays.copyOf(encoded.ids(), length);
    }

    /** A short text alone, without special tokens. */
    int[] piece(String text) {
        return tokenizer.encode(List.of(text), false).get(0).ids();
    }

    /** The token that this text names, if it names one. */
    OptionalInt token(String text) {
        int[] ids = piece(text);
        return ids.length == 1 ? OptionalInt.of(ids[0]) : OptionalInt.empty();
    }

    /** The text that tokens stand for, special ones left out. */
    public String plainText(int... ids) {
        return tokenizer.decode(ids, true);
    }

    public String decode(int... ids) {
        return tokenizer.decode(ids, false);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
