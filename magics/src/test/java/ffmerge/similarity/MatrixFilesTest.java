package ffmerge.similarity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.Device;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.correlation.CorrelationMatrix;
import ffmerge.data.Split;
import ffmerge.data.TextFiles;
import ffmerge.data.TokenStream;
import ffmerge.data.Tokenizer;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Matrices as INDArrays and as NumPy's files; {@code npy/generate.py} wrote those that are read. */
class MatrixFilesTest {
    private static final double[][] VALUES = {{1, 0.25, -0.5}, {0.125, 2, 3}, {4, 5, 6.5}};
    private static final float[] FLAT = {1, 0.25f, -0.5f, 0.125f, 2, 3, 4, 5, 6.5f};

    @TempDir
    private Path folder;

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(MatrixFilesTest.class.getResource("/npy/" + name).toURI());
    }

    @Test
    void whatNumpyWroteIsRead() throws URISyntaxException {
        for (String name : new String[] {"float64.npy", "float32-by-columns.npy"}) {
            SimilarityMatrix read = SimilarityMatrix.readNpy(resource(name), Site.ATTENTION, "encoder", 7);
            assertArrayEquals(VALUES, read.values(), name);
            CorrelationMatrix correlation = CorrelationMatrix.readNpy(resource(name));
            assertEquals(3, correlation.size());
            assertArrayEquals(FLAT, correlation.values(), name);
        }
    }

    /** NumPy's own file is the oracle. */
    @Test
    void whatIsWrittenIsWhatNumpyWrites() throws Exception {
        Path file = folder.resolve("a.npy");
        new SimilarityMatrix(Site.ATTENTION, "encoder", 7, VALUES).writeNpy(file);
        assertArrayEquals(Files.readAllBytes(resource("float64.npy")), Files.readAllBytes(file));
    }

    @Test
    void correlationsGoThereAndBack() {
        Path file = folder.resolve("c.npy");
        CorrelationMatrix matrix = new CorrelationMatrix(3, FLAT);
        INDArray array = matrix.toINDArray();
        assertEquals(DataType.FLOAT, array.dataType());
        assertEquals(-0.5, array.getDouble(0, 2));
        matrix.writeNpy(file);
        assertArrayEquals(FLAT, CorrelationMatrix.readNpy(file).values());
    }

    @Test
    void filesThatHoldNoSquareMatrix() throws Exception {
        Path text = Files.writeString(folder.resolve("text.npy"), "not NumPy's");
        assertMistake(text + " is no .npy file", text);
        Path oblong = resource("oblong.npy");
        assertMistake(oblong + " holds an array of shape (2, 3); a square matrix is needed", oblong);
        Path big = resource("big-endian.npy");
        assertMistake(big + " holds numbers of type '>f8'; float32 or float64 is needed", big);
        byte[] whole = Files.readAllBytes(resource("float64.npy"));
        Path cut = Files.write(folder.resolve("cut.npy"), Arrays.copyOf(whole, whole.length - 1));
        assertMistake(cut + " is cut off: 72 bytes of values are needed, 71 are there", cut);
        Path head = Files.write(folder.resolve("head.npy"), Arrays.copyOf(whole, 20));
        assertMistake(head + " is cut off", head);
        Path missing = folder.resolve("missing.npy");
        assertMistake("cannot read " + missing + ": there is no such file", missing);
    }

    private static void assertMistake(String message, Path file) {
        UserError error = assertThrows(UserError.class, () -> CorrelationMatrix.readNpy(file));
        assertEquals(message, error.getMessage());
    }

    /** Two native libraries of linear algebra, each with threads of its own, take turns in one JVM. */
    @Test
    void nd4jWorksBesideLibtorch() throws IOException {
        Path home = Expected.home();
        Path folder = home.resolve("models/gpt2-novels");
        try (TransformerModel model = TransformerModel.load(folder, Device.cpu(), Progress.NONE);
                Tokenizer tokenizer = Tokenizer.load(folder)) {
            Path file = TextFiles.find(home.resolve("data/novels-validation.txt"), Split.VALIDATION);
            TokenStream tokens =
                    new TokenStream("novels", Split.VALIDATION, tokenizer.encode(TextFiles.read(file), Progress.NONE));
            SimilarityMatrix before = cka(model, tokens);
            INDArray matrix = before.toINDArray();
            INDArray square = matrix.mmul(matrix);
            double trace = 0;
            double squares = 0;
            for (int i = 0; i < 12; i++) {
                trace += square.getDouble(i, i);
                squares += Arrays.stream(before.values()[i]).map(v -> v * v).sum();
            }
            assertEquals(squares, trace, 1e-9, "the trace of a symmetric matrix's square");
            assertArrayEquals(before.values(), cka(model, tokens).values());
        }
    }

    private static SimilarityMatrix cka(TransformerModel model, TokenStream tokens) {
        return LinearCka.of(
                model,
                model.architecture().stack("decoder"),
                Site.FEED_FORWARD,
                tokens.blocks(256, 1024, 4),
                1024,
                Progress.NONE);
    }
}
