package ffmerge.activation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ffmerge.UserError;
import ffmerge.fixture.Arrays2d;
import ffmerge.model.Site;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A program that keeps activations, {@code FOLDER BATCHES}, and is then killed in the midst of it. */
final class RecordingProcess {
    static final int ROWS = 100;
    static final int WIDTH = 64;

    private RecordingProcess() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path folder = Path.of(arguments[0]);
        int batches = Integer.parseInt(arguments[1]);
        Sublayer sublayer = new Sublayer(Site.FEED_FORWARD_UNITS, "decoder", 0);
        try (NDManager manager = Arrays2d.newManager();
                ActivationFile file = new ActivationFile(folder, (long) batches * ROWS * WIDTH * Float.BYTES)) {
            NDArray values = manager.ones(new Shape(ROWS, WIDTH));
            for (int i = 0; i < batches; i++) {
                file.accept(Map.of(sublayer, values), manager);
            }
            System.out.println("recorded");
            System.out.flush();
            String self = String.valueOf(ProcessHandle.current().pid());
            new ProcessBuilder("kill", "-9", self).start().waitFor();
        } catch (UserError e) {
            System.out.println(e.getMessage());
            System.exit(1);
        }
    }
}
