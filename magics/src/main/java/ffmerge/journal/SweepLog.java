package ffmerge.journal;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import ffmerge.FileKind;
import ffmerge.UserError;
import ffmerge.result.SweepResult;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The rows of an unfinished sweep, a line each, written as soon as a window is scored. A line that a kill cut off is left
 * out when the file is read.
 */
public final class SweepLog {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectReader ROWS =
            JSON.readerFor(SweepResult.Row.class).without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private final Path file;

    public SweepLog(Path file) {
        FileKind.requireReplaceable(file);
        this.file = file;
    }

    public List<SweepResult.Row> read() {
        List<SweepResult.Row> rows = new ArrayList<>();
        if (!Files.exists(file)) {
            return rows;
        }
        try {
            for (String line : Files.readAllLines(file)) {
                SweepResult.Row row = parse(line);
                if (row != null) {
                    rows.add(row);
                }
            }
            return rows;
        } catch (IOException e) {
            throw UserError.cannot("read " + file, e);
        }
    }

    private static SweepResult.Row parse(String line) {
        try {
            return ROWS.readValue(line);
        } catch (IOException e) {
            return null; // cut off by a kill: that window is scored again
        }
    }

    public void append(SweepResult.Row row) {
        // a plain stream: an interrupt would close a channel and lose the row
        try (FileOutputStream out = new FileOutputStream(file.toFile(), true)) {
            // the line break comes first, so that a line cut off by a kill stays alone
            out.write(("\n" + JSON.writeValueAsString(row)).getBytes(StandardCharsets.UTF_8));
            out.getFD().sync();
        } catch (IOException e) {
            throw UserError.cannot("write " + file, e);
        }
    }

    public void delete() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw UserError.cannot("delete " + file, e);
        }
    }
}
