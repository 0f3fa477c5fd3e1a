package ffmerge.checkpoint;

import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.checkpoint.CheckpointWriter.Format;
import ffmerge.fixture.MemoryCheckpoint;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * A program that saves a model: {@code file FILE ELEMENTS VALUE} or {@code folder FOLDER ELEMENTS VALUE TIMES};
 * {@code replace FOLDER ELEMENTS VALUE} and {@code replace-without-exchange …} do it until they are killed,
 * {@code stop-inside …} never ends its first.
 */
final class WritingProcess {
    /** Printed when a program that is to be killed has begun. */
    static final String WORKING = "working\n";

    private WritingProcess() {}

    public static void main(String[] arguments) {
        Path target = Path.of(arguments[1]);
        float[] values = new float[Integer.parseInt(arguments[2])];
        Arrays.fill(values, Float.parseFloat(arguments[3]));
        MemoryCheckpoint checkpoint = new MemoryCheckpoint().tensor("x", new long[] {values.length}, values);
        try {
            switch (arguments[0]) {
                case "file" -> CheckpointWriter.write(target, checkpoint, DType.F32, Format.TIED, Progress.NONE);
                case "folder" -> {
                    for (int i = 0; i < Integer.parseInt(arguments[4]); i++) {
                        writeFolder(target, checkpoint, arguments[3], true);
                    }
                }
                case "stop-inside" ->
                    writeFolder(target, checkpoint.whenRead("x", WritingProcess::stop), arguments[3], true);
                case "replace" -> replaceForEver(target, checkpoint, arguments[3]);
                default -> {
                    System.setProperty(AtomicExchange.SWITCHED_OFF, "true");
                    replaceForEver(target, checkpoint, arguments[3]);
                }
            }
        } catch (UserError e) {
            System.out.println(e.getMessage());
            System.exit(1);
        }
    }

    private static void replaceForEver(Path target, Checkpoint checkpoint, String value) {
        writeFolder(target, checkpoint, value, true);
        System.out.print(WORKING);
        System.out.flush();
        while (true) {
            writeFolder(target, checkpoint, value, true);
        }
    }

    private static void stop() {
        System.out.print(WORKING);
        System.out.flush();
        LockSupport.park();
    }

    static void writeFolder(Path target, Checkpoint checkpoint, String value, boolean replace) {
        Map<String, byte[]> files = Map.of("config.json", value.getBytes(StandardCharsets.UTF_8));
        CheckpointWriter.writeFolder(target, checkpoint, DType.F32, Format.TIED, files, replace, Progress.NONE);
    }
}
