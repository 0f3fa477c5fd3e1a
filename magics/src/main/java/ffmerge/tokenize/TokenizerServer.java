package ffmerge.tokenize;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import ai.djl.sentencepiece.SpTokenizer;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The process in which tokenizers run: answers requests that come in, in their order, until none can come any more. What a
 * library refuses is an answer; what ends or stops the process is for the other side, {@link ServerProcess}, to see.
 *
 * <p>A request is a byte, one of the constants, then what the constant says; strings as {@link Wire} writes them. An answer
 * is {@link #DONE} and what the constant says, or {@link #REFUSED} and a string.
 */
final class TokenizerServer {
    /** The text of a {@code tokenizer.json}; the answer is empty. Tokenizers are numbered from 0 as they are opened. */
    static final byte OPEN_JSON = 1;
    /** The bytes of a SentencePiece model, their count before them; the answer is empty. */
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

    /** Nothing; all tokenizers are closed, and the next is number 0 again; the answer is empty. */
    static final byte FORGET = 6;

    static final byte DONE = 0;
    static final byte REFUSED = 1;

    private static final TokenizersLibrary LIBRARY = library();

    private final DataInputStream in;
    private final List<Long> tokenizers = new ArrayList<>();
    private final List<SpTokenizer> models = new ArrayList<>();

    private TokenizerServer(DataInputStream in) {
        this.in = in;
    }

    private static TokenizersLibrary library() {
        LibUtils.checkStatus();
        return TokenizersLibrary.LIB;
    }

    /** Requests come by the standard input, answers go to the standard output. */
    public static void main(String[] arguments) throws IOException {
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out));
        System.setOut(System.err); // what a library prints is no answer
        TokenizerServer server = new TokenizerServer(new DataInputStream(new BufferedInputStream(System.in)));
        while (true) {
            byte request;
            try {
                request = server.in.readByte();
            } catch (EOFException e) {
                return; // the other side is gone
            }
            server.answer(request).writeTo(out);
            out.flush();
        }
    }

    private ByteArrayOutputStream answer(byte request) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeByte(DONE);
        try {
            switch (request) {
                case OPEN_JSON -> tokenizers.add(LIBRARY.createTokenizerFromString(Wire.readText(in)));
                case OPEN_SENTENCEPIECE -> models.add(new SpTokenizer(Wire.readBytes(in)));
                case ENCODE -> encode(out);
                case DECODE -> decode(out);
                case PIECES -> pieces(out);
                case FORGET -> forget();
                default -> throw new IOException("no request " + request);
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            bytes.reset();
            out.writeByte(REFUSED);
            Wire.writeText(e instanceof OutOfMemoryError ? "out of memory" : String.valueOf(e.getMessage()), out);
        }
        out.flush();
        return bytes;
    }

    private void forget() {
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

    private void encode(DataOutputStream out) throws IOException {
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

    private void decode(DataOutputStream out) throws IOException {
        long tokenizer = tokenizers.get(in.readInt());
        boolean plain = in.readBoolean();
        long[] ids = new long[in.readInt()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = in.readInt();
        }
        Wire.writeText(LIBRARY.decode(tokenizer, ids, plain), out);
    }

    private void pieces(DataOutputStream out) throws IOException {
        SpTokenizer model = models.get(in.readInt());
        List<String> pieces = model.tokenize(Wire.readText(in));
        out.writeInt(pieces.size());
        for (String piece : pieces) {
            Wire.writeText(piece, out);
        }
    }
}
