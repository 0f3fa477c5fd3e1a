package ffmerge.tokenize;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import ai.djl.sentencepiece.SpTokenizer;
import ffmerge.process.Server;
import ffmerge.process.Wire;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The process in which tokenizers run. */
final class TokenizerServer extends Server {
    /** The text of a {@code tokenizer.json}; the answer is the tokenizer's number. */
    static final byte OPEN_JSON = 1;
    /** The bytes of a SentencePiece model, their count before them; the answer is the model's number. */
    static final byte OPEN_SENTENCEPIECE = 2;
    /**
     * A tokenizer's number, whether its template's special tokens are added, a count of texts, the texts; the answer has
     * for each a count of ids, the ids, and for each id whether it is one of the template's.
     */
    static final byte ENCODE = 3;
    /** A tokenizer's number, whether special tokens are left out, a count of ids, the ids; the answer is a text. */
    static final byte DECODE = 4;
    /** The number of a SentencePiece model, a text; the answer is a count of pieces, the pieces. */
    static final byte PIECES = 5;

    private static final TokenizersLibrary LIBRARY = library();

    private final List<Long> tokenizers = new ArrayList<>();
    private final List<SpTokenizer> models = new ArrayList<>();

    private TokenizerServer() {}

    private static TokenizersLibrary library() {
        LibUtils.checkStatus();
        return TokenizersLibrary.LIB;
    }

    public static void main(String[] arguments) throws IOException {
        new TokenizerServer().run();
    }

    @Override
    protected void answer(byte request, DataInputStream in, DataOutputStream out) throws IOException {
        switch (request) {
            case OPEN_JSON -> out.writeInt(added(LIBRARY.createTokenizerFromString(Wire.readText(in)), tokenizers));
            case OPEN_SENTENCEPIECE -> out.writeInt(added(new SpTokenizer(Wire.readBytes(in)), models));
            case ENCODE -> encode(in, out);
            case DECODE -> decode(in, out);
            case PIECES -> pieces(in, out);
            default -> throw new IOException("no request " + request);
        }
    }

    /** What it is numbered by, from 0. */
    private static <T> int added(T one, List<T> all) {
        all.add(one);
        return all.size() - 1;
    }

    /** What they are numbered by begins anew. */
    @Override
    protected void forget() {
        tokenizers.forEach(LIBRARY::deleteTokenizer);
        tokenizers.clear();
        models.forEach(SpTokenizer::close);
        models.clear();
    }

    /**
     * One text's tokens.
     *
     * @param ends where in the text each ends, in code points; 0 for those of a template
     */
    private record Encoded(long[] ids, long[] special, int[] ends) {}

    private void encode(DataInputStream in, DataOutputStream out) throws IOException {
        long tokenizer = tokenizers.get(in.readInt());
        boolean template = in.readBoolean();
        String[] texts = new String[in.readInt()];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = Wire.readText(in);
        }
        List<Encoded> all = Arrays.stream(texts)
                .parallel()
                .map(text -> encode(tokenizer, text, template))
                .toList();
        for (Encoded one : all) {
            out.writeInt(one.ids.length);
            for (long id : one.ids) {
                out.writeInt(Math.toIntExact(id));
            }
            for (long special : one.special) {
                out.writeBoolean(special == 1);
            }
            for (int end : one.ends) {
                out.writeInt(end);
            }
        }
    }

    private static Encoded encode(long tokenizer, String text, boolean template) {
        long encoding = LIBRARY.encode(tokenizer, text, template);
        try {
            int[] ends = Arrays.stream(LIBRARY.getTokenCharSpans(encoding))
                    .mapToInt(span -> span == null ? 0 : span.getEnd())
                    .toArray();
            return new Encoded(LIBRARY.getTokenIds(encoding), LIBRARY.getSpecialTokenMask(encoding), ends);
        } finally {
            LIBRARY.deleteEncoding(encoding);
        }
    }

    private void decode(DataInputStream in, DataOutputStream out) throws IOException {
        long tokenizer = tokenizers.get(in.readInt());
        boolean plain = in.readBoolean();
        long[] ids = new long[in.readInt()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = in.readInt();
        }
        Wire.writeText(LIBRARY.decode(tokenizer, ids, plain), out);
    }

    private void pieces(DataInputStream in, DataOutputStream out) throws IOException {
        SpTokenizer model = models.get(in.readInt());
        List<String> pieces = model.tokenize(Wire.readText(in));
        out.writeInt(pieces.size());
        for (String piece : pieces) {
            Wire.writeText(piece, out);
        }
    }
}
