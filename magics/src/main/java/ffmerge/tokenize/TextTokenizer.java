package ffmerge.tokenize;

import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import ffmerge.json.PythonJson;
import ffmerge.process.Wire;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A folder's {@code tokenizer.json}, with the tokens that files beside it add, as the tokenizers library understands it. The
 * library runs in a process of its own.
 */
public final class TextTokenizer implements AutoCloseable {
    private static final String FILE = "tokenizer.json";
    /** More than any that is published. */
    private static final long LARGEST_FILE = 256 << 20;

    private final TokenizerContent content;
    private final Cuts cuts;
    private final Optional<Around> target;
    private final String sourceLanguage;
    private final String targetLanguage;

    /** Special tokens around a text. */
    private record Around(int[] before, int[] behind) {
        int[] put(int... ids) {
            return Stream.of(before, ids, behind).flatMapToInt(IntStream::of).toArray();
        }
    }

    /**
     * The tokens of a text.
     *
     * @param special which of them the tokenizer's template put there
     * @param ends where in the text each ends, in chars
     * @param length of the text, in chars
     */
    public record Encoded(int[] ids, boolean[] special, int[] ends, int length) {}

    private TextTokenizer(
            TokenizerContent content,
            Cuts cuts,
            Optional<Around> target,
            String sourceLanguage,
            String targetLanguage) {
        this.content = content;
        this.cuts = cuts;
        this.target = target;
        this.sourceLanguage = sourceLanguage;
        this.targetLanguage = targetLanguage;
    }

    /**
     * Reads {@code tokenizer.json}, or {@code vocab.txt} where a folder of old has but that.
     *
     * @throws UserError if the folder has neither, or a file is damaged
     */
    public static TextTokenizer load(Path folder) {
        Path words = folder.resolve(WordList.FILE);
        boolean isOld = !Files.exists(folder.resolve(FILE)) && Files.exists(words);
        Path file = isOld ? words : folder.resolve(FILE);
        if (!Files.exists(file)) {
            throw new UserError(
                    folder
                            + " has no tokenizer.json; in Python, AutoTokenizer.from_pretrained(…).save_pretrained(folder) makes one");
        }
        requireSmall(file);
        ObjectNode json = isOld ? WordList.read(file) : PythonJson.readObject(file);
        TokenizerParts.check(json, file.toString());
        TokenizerClass kind = TokenizerClass.of(json, folder);
        kind.apply(json);
        TokensBeside beside = TokensBeside.of(folder);
        AddedTokens.addTo(json, beside);
        kind.template(beside, false).ifPresent(template -> template.putInto(json, file.toString()));
        json.putNull("truncation").putNull("padding"); // texts are taken as long as they are
        TokenizerParts.check(json, file.toString());
        byte[] content = json.toString().getBytes(StandardCharsets.UTF_8);
        TextTokenizer tokenizer = new TextTokenizer(
                TokenizerContent.of(TokenizerServer.OPEN_JSON, content, file),
                Cuts.of(json),
                kind.template(beside, true)
                        .map(t -> new Around(t.idsBefore(json, file.toString()), t.idsBehind(json, file.toString()))),
                kind.language(false),
                kind.language(true));
        TokenizerProcess.SHARED.open(tokenizer.content);
        return tokenizer;
    }

    private static void requireSmall(Path file) {
        try {
            long bytes = Files.size(file);
            if (bytes > LARGEST_FILE) {
                throw new UserError(String.format("%s has %,d bytes, too many for a tokenizer", file, bytes));
            }
        } catch (IOException e) {
            throw UserError.cannot("read " + file, e);
        }
    }

    /** Where the piece of a text that starts here may end, so that its tokens are those of the whole text. */
    public int pieceEnd(String text, int start) {
        return cuts.end(text, start);
    }

    /**
     * The tokens of texts, each for itself.
     *
     * @param template whether the tokenizer's own template is applied, which puts special tokens around a text
     * @throws UserError if the library breaks down or takes too long
     * @throws java.util.concurrent.CancellationException if the thread is interrupted
     */
    public List<Encoded> encode(List<String> texts, boolean template) {
        long characters = texts.stream().mapToLong(String::length).sum();
        return TokenizerProcess.SHARED.ask(
                TokenizerServer.ENCODE,
                content,
                characters,
                out -> {
                    out.writeBoolean(template);
                    out.writeInt(texts.size());
                    for (String text : texts) {
                        Wire.writeText(text, out);
                    }
                },
                in -> readEncoded(texts, in));
    }

    /** The tokens of a text that a model is to make of another one, as {@code text_target} gives them. */
    public int[] encodeTarget(String text) {
        int[] ids = encode(List.of(text), target.isEmpty()).get(0).ids();
        return target.map(around -> around.put(ids)).orElse(ids);
    }

    /** The code of the language of texts, as the files beside have it; "" where they don't say one. */
    public String sourceLanguage() {
        return sourceLanguage;
    }

    /** The code of the language of what a model makes of them. */
    public String targetLanguage() {
        return targetLanguage;
    }

    private static List<Encoded> readEncoded(List<String> texts, DataInputStream in) throws IOException {
        List<Encoded> all = new ArrayList<>();
        for (String text : texts) {
            int[] ids = new int[in.readInt()];
            boolean[] special = new boolean[ids.length];
            for (int k = 0; k < ids.length; k++) {
                ids[k] = in.readInt();
            }
            for (int k = 0; k < ids.length; k++) {
                special[k] = in.readBoolean();
            }
            all.add(new Encoded(ids, special, readEnds(ids.length, text, in), text.length()));
        }
        return all;
    }

    private static int[] readEnds(int count, String text, DataInputStream in) throws IOException {
        int[] ends = new int[count];
        int points = 0;
        int chars = 0;
        for (int k = 0; k < count; k++) {
            int end = in.readInt();
            if (end > points) { // the library counts code points
                chars = text.offsetByCodePoints(chars, end - points);
                points = end;
            }
            ends[k] = chars;
        }
        return ends;
    }

    /**
     * The text that tokens stand for.
     *
     * @param plain whether special tokens are left out
     */
    public String decode(int[] ids, boolean plain) {
        return TokenizerProcess.SHARED.ask(
                TokenizerServer.DECODE, content, ids.length, out -> writeIds(ids, plain, out), Wire::readText);
    }

    private static void writeIds(int[] ids, boolean plain, DataOutputStream out) throws IOException {
        out.writeBoolean(plain);
        out.writeInt(ids.length);
        for (int id : ids) {
            out.writeInt(id);
        }
    }

    @Override
    public void close() {
        TokenizerProcess.SHARED.close(content);
    }
}
