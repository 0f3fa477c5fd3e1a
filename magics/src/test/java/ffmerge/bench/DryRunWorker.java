package ffmerge.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.data.DemoHome;
import ffmerge.magic.command.Arguments;
import ffmerge.magic.command.Command;
import ffmerge.magic.command.Host;
import ffmerge.magic.command.Session;
import ffmerge.result.DryRun;
import ffmerge.result.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The Java side of {@code dry_run.py}: loads a model and runs one command, in a process of its own, so that the peak of
 * the memory is that command's; says when each of its stages began. Reads {@code /proc}: Linux only.
 */
public final class DryRunWorker {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path PROCESS = Path.of("/proc/self");
    private static final long BETWEEN_LOOKS = 50;

    private DryRunWorker() {}

    /** @param arguments the folder of state; {@code {"model": folder, "command": line}} comes on standard input */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        JsonNode request = JSON.readTree(System.in);
        StateFolder state = new StateFolder(Path.of(arguments[0]));
        ObjectNode answer = JSON.createObjectNode();
        try (Session session = new Session(DemoHome.find(), state)) {
            run(session, "load " + request.get("model").asText() + " --as base", Progress.NONE);
            DiskUse disk = new DiskUse(state.folder());
            forgetPeak();
            Thread look = new Thread(disk);
            look.setDaemon(true); // where the command fails, the process ends
            look.start();
            long start = System.nanoTime();
            ObjectNode stages = answer.putObject("stages");
            Progress progress = (label, total, unit) -> {
                stages.put(label, (System.nanoTime() - start) / 1e9);
                return done -> {};
            };
            Result result = run(session, request.get("command").asText(), progress);
            double seconds = (System.nanoTime() - start) / 1e9;
            look.interrupt();
            look.join();
            boolean predicted = result instanceof DryRun;
            answer.put("seconds", predicted ? ((DryRun) result).seconds() : seconds);
            answer.put("memory", predicted ? ((DryRun) result).memoryBytes() : peak());
            answer.put("disk", predicted ? ((DryRun) result).diskBytes() : disk.most);
            answer.put("took", seconds);
        }
        System.out.println(answer);
    }

    private static Result run(Session session, String line, Progress progress) {
        List<String> words = List.of(line.split(" "));
        Command command = session.commands().named(words.get(0));
        Arguments arguments =
                Arguments.parse(command.spec(), words.subList(1, words.size()), Map.of(), name -> Optional.empty());
        return command.run(arguments, session, new Silent(progress));
    }

    /** Starts the count of the peak anew: what loading took at its own peak is not the command's. */
    private static void forgetPeak() throws IOException {
        Files.writeString(PROCESS.resolve("clear_refs"), "5");
    }

    private static long peak() throws IOException {
        return Files.readAllLines(PROCESS.resolve("status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElseThrow();
    }

    /** The most bytes that lay in a folder at a time, those of open files without a name among them. */
    private static final class DiskUse implements Runnable {
        private final Path folder;
        private volatile long most;

        DiskUse(Path folder) {
            this.folder = folder;
        }

        @Override
        public void run() {
            while (!Thread.interrupted()) {
                most = Math.max(most, named() + unnamed());
                try {
                    Thread.sleep(BETWEEN_LOOKS);
                } catch (InterruptedException e) {
                    return;
                }
            }
        }

        private long named() {
            try (Stream<Path> files = Files.walk(folder)) {
                return files.filter(Files::isRegularFile)
                        .mapToLong(DryRunWorker::size)
                        .sum();
            } catch (IOException | RuntimeException e) {
                return 0; // a file was deleted in between: the next look sees how it is
            }
        }

        private long unnamed() {
            try (Stream<Path> open = Files.list(PROCESS.resolve("fd"))) {
                return open.filter(this::isUnnamed)
                        .mapToLong(DryRunWorker::size)
                        .sum();
            } catch (IOException e) {
                return 0;
            }
        }

        private boolean isUnnamed(Path descriptor) {
            try {
                String target = Files.readSymbolicLink(descriptor).toString();
                return target.startsWith(folder.toString()) && target.endsWith(" (deleted)");
            } catch (IOException e) {
                return false;
            }
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }

    /** A notebook that nobody looks at. */
    private record Silent(Progress progress) implements Host {

        @Override
        public Optional<Object> variable(String name) {
            return Optional.empty();
        }

        @Override
        public void bind(String name, Object value) {}

        @Override
        public void notice(String line) {}

        @Override
        public void show(String command, Result result) {}

        @Override
        public Result recipe(String yaml) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void live(String command, Result result) {}
    }
}
