package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ffmerge.fixture.JavaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a killed process leaves in the temporary folder: nothing of the 68 MB that DuckDB unpacks. */
@EnabledOnOs(OS.LINUX)
class UnpackedDuckDbTest {
    private static final String ANSWER = "45\n";

    @TempDir
    private Path temporary;

    /** Asks DuckDB something, says what it answers, and waits. */
    static final class AskingProcess {
        private AskingProcess() {}

        public static void main(String[] arguments) throws Exception {
            TableServer.open().close();
            // the library is used still when its file has gone
            try (Connection database = TableServer.open();
                    Statement statement = database.createStatement();
                    ResultSet answer = statement.executeQuery("SELECT sum(i) FROM range(10) t(i)")) {
                answer.next();
                System.out.print(answer.getInt(1) + "\n");
                System.out.flush();
            }
            LockSupport.park();
        }
    }

    private List<String> left() throws IOException {
        try (Stream<Path> files = Files.list(temporary)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aKilledProcessLeavesNothing() throws Exception {
        Path old = Files.writeString(temporary.resolve("libduckdb_java123.so"), "of a process that was killed");
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
        Files.writeString(temporary.resolve("libduckdb_java456.so"), "of one that is just unpacking");
        Files.writeString(temporary.resolve("libother.so"), "of another library");
        JavaProcess process =
                JavaProcess.start("export _JAVA_OPTIONS=-Djava.io.tmpdir=" + temporary + ";", AskingProcess.class);
        try {
            String picked = "Picked up _JAVA_OPTIONS: -Djava.io.tmpdir=" + temporary + "\n";
            assertEquals(picked + ANSWER, process.read(picked.length() + ANSWER.length()));
        } finally {
            process.kill();
        }
        assertEquals(List.of("libduckdb_java456.so", "libother.so"), left());
    }
}
