package ffmerge.journal;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import ffmerge.FileKind;
import ffmerge.UserError;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What unfinished work has found so far, a line each, written as soon as it is known: the rows of a sweep, the batches of a
 * race. A line that a kill cut off is left out when the file is read.
 */
public final class UnfinishedLog<T> {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final ObjectReader reader;

    public UnfinishedLog(Path file, Class<T> type) {
        FileKind.requireReplaceable(file);
        this.file = file;
        this.reader = JSON.readerFor(type).without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    }

    public List<T> read() {
        List<T> entries = new ArrayList<>();
        if (!Files.exists(file)) {
            return entries;
        }
        try {
            for (String line : Files.readAllLines(file)) {
                T entry = parse(line);
                if (entry != null) {
                    entries.add(entry);
                }
            }
            return entries;
        } catch (IOException e) {
            throw UserError.cannot("read " + file, e);
        }
    }

    private T parse(String line) {
        try {
            return reader.readValue(line);
        } catch (IOException e) {
            return null; // cut off by a kill: that is done again
        }
    }

    public void append(T entry) {
        // a plain stream: an interrupt would close a channel and lose the entry
        try (FileOutputStream out = new FileOutputStream(file.toFile(), true)) {
            // the line break comes first, so that a line cut off by a kill stays alone
            out.write(("\n" + JSON.writeValueAsString(entry)).getBytes(StandardCharsets.UTF_8));
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
