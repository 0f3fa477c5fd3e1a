package ffmerge.data;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Progress;
import ffmerge.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Text to token ids, by the {@code tokenizer.json} of a model. */
public final class Tokenizer implements AutoCloseable {
    /** Characters encoded at a time, so that a book costs no more memory than a chapter. */
    private static final int CHUNK = 1 << 16;
    /** Chunks that the cores share before progress is shown again. */
    private static final int CHUNKS_AT_A_TIME = 16;

    private final HuggingFaceTokenizer tokenizer;
    private final boolean splitsAtLines;

    private Tokenizer(HuggingFaceTokenizer tokenizer, boolean splitsAtLines) {
        this.tokenizer = tokenizer;
        this.splitsAtLines = splitsAtLines;
    }

    /** @throws UserError if the folder has no {@code tokenizer.json} or it is damaged */
    public static Tokenizer load(Path folder) {
        Path file = folder.resolve("tokenizer.json");
        if (!Files.exists(file)) {
            throw new UserError(
                    folder
                            + " has no tokenizer.json; in Python, AutoTokenizer.from_pretrained(…).save_pretrained(folder) makes one");
        }
        try {
            JsonNode json = new ObjectMapper().readTree(file.toFile());
            Map<String, String> options =
                    Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");
            return new Tokenizer(HuggingFaceTokenizer.newInstance(file, options), isByteLevel(json));
        } catch (IOException | RuntimeException e) {
            throw new UserError("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** Byte-level tokenizers such as GPT-2's never join a lone line break with what follows it; nor does NFC, OLMo's. */
    private static boolean isByteLevel(JsonNode json) {
        return json.path("pre_tokenizer").path("type").asText().equals("ByteLevel")
                && json.path("pre_tokenizer").path("use_regex").asBoolean(true)
                && (json.path("normalizer").isNull()
                        || json.path("normalizer").path("type").asText().equals("NFC"));
    }

    /** The ids of a text as one stream, without special tokens. */
    public int[] encode(String text, Progress progress) {
        int[] ids = new int[text.length() / 3 + 16];
        int count = 0;
        try (Progress.Stage stage = progress.start("Tokenizing", text.length(), "characters")) {
            for (int start = 0; start < text.length(); ) {
                List<String> chunks = new ArrayList<>();
                while (chunks.size() < CHUNKS_AT_A_TIME && start < text.length()) {
                    int end = chunkEnd(text, start);
                    chunks.add(text.substring(start, end));
                    start = end;
                }
                List<long[]> encoded = chunks.parallelStream()
                        .map(chunk -> tokenizer.encode(chunk, false, false).getIds())
                        .toList();
                for (long[] chunk : encoded) {
                    if (count + chunk.length > ids.length) {
                        ids = Arrays.copyOf(ids, Math.max(2 * ids.length, count + chunk.length));
                    }
                    for (long id : chunk) {
                        ids[count++] = (int) id;
                    }
                }
                stage.advance(start);
            }
        }
        return Arrays.copyOf(ids, count);
    }

    /** Where the text can be cut without changing a token: after a lone line break, or at its end. */
    private int chunkEnd(String text, int start) {
        if (splitsAtLines) {
            for (int end = start + CHUNK; end < text.length(); end++) {
                if (text.charAt(end - 1) == '\n'
                        && !Character.isWhitespace(text.charAt(end - 2))
                        && !Character.isWhitespace(text.charAt(end))) {
                    return end;
                }
            }
        }
        return text.length();
    }

    /** A text to be gone on with, with the special tokens that the model expects before it. */
    int[] prompt(String text) {
        Encoding encoding = tokenizer.encode(text, true, false);
        int length = encoding.getIds().length;
        while (length > 1 && encoding.getSpecialTokenMask()[length - 1] == 1) {
            length--; // an end would end it
        }
        return Arrays.stream(encoding.getIds())
                .limit(length)
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    /** A short text alone, without special tokens. */
    int[] piece(String text) {
        return Arrays.stream(tokenizer.encode(text, false, false).getIds())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    /** The text that tokens stand for, special ones left out. */
    public String plainText(int... ids) {
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), true);
    }

    public String decode(int... ids) {
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray());
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
