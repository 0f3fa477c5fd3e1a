package ffmerge.tokenize;

import ffmerge.process.Wire;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The SentencePiece models of a translator, as the library understands them, which runs in a process of its own. */
public final class SentencePieces implements AutoCloseable {
    private final List<TokenizerContent> models;

    /**
     * A model's file and what it holds.
     *
     * @param file for messages
     */
    public record Model(Path file, byte[] content) {}

    /** @throws ffmerge.UserError if a file is no SentencePiece model */
    public SentencePieces(List<Model> models) {
        this.models = models.stream()
                .map(m -> TokenizerContent.of(TokenizerServer.OPEN_SENTENCEPIECE, m.content(), m.file()))
                .toList();
        this.models.forEach(TokenizerProcess.SHARED::open);
    }

    /**
     * The pieces of a text.
     *
     * @param model which one cuts it, counted from 0
     * @throws ffmerge.UserError if the library breaks down or takes too long
     * @throws java.util.concurrent.CancellationException if the thread is interrupted
     */
    public List<String> pieces(int model, String text) {
        return TokenizerProcess.SHARED.ask(
                TokenizerServer.PIECES,
                models.get(model),
                text.length(),
                out -> Wire.writeText(text, out),
                SentencePieces::read);
    }

    private static List<String> read(DataInputStream in) throws IOException {
        int count = in.readInt();
        List<String> pieces = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            pieces.add(Wire.readText(in));
        }
        return pieces;
    }

    @Override
    public void close() {
        models.forEach(TokenizerProcess.SHARED::close);
    }
}
