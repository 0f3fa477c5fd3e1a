package ffmerge.checkpoint;

import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.checkpoint.CheckpointWriter.Format;
import ffmerge.fixture.MemoryCheckpoint;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** A program that saves a model: {@code file FILE ELEMENTS VALUE} or {@code folder FOLDER ELEMENTS VALUE TIMES}. */
final class WritingProcess {
    private WritingProcess() {}

    public static void main(String[] arguments) {
        Path target = Path.of(arguments[1]);
        float[] values = new float[Integer.parseInt(arguments[2])];
        Arrays.fill(values, Float.parseFloat(arguments[3]));
        Checkpoint checkpoint = new MemoryCheckpoint().tensor("x", new long[] {values.length}, values);
        try {
            if (arguments[0].equals("file")) {
                CheckpointWriter.write(target, checkpoint, DType.F32, Format.TIED, Progress.NONE);
            } else {
                for (int i = 0; i < Integer.parseInt(arguments[4]); i++) {
                    writeFolder(target, checkpoint, arguments[3], true);
                }
            }
        } catch (UserError e) {
            System.out.println(e.getMessage());
            System.exit(1);
        }
    }

    static void writeFolder(Path target, Checkpoint checkpoint, String value, boolean replace) {
        Map<String, byte[]> files = Map.of("config.json", value.getBytes(StandardCharsets.UTF_8));
        CheckpointWriter.writeFolder(target, checkpoint, DType.F32, Format.TIED, files, replace, Progress.NONE);
    }
}
