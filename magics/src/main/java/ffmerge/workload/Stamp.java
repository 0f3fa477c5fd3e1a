package ffmerge.workload;

import ffmerge.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a file or folder looks like from outside: names, sizes and times. Where it is another than before, what was read
 * before doesn't hold any more.
 */
final class Stamp {
    private static final int DEPTH = 4;
    /** Of a folder of more files only the first are looked at, and each folder, whose time tells what came and went. */
    private static final int MOST_FILES = 10_000;

    private Stamp() {}

    /** Nothing where there is nothing. */
    static String of(Path path) {
        if (!Files.exists(path)) {
            return "";
        }
        try (Stream<Path> all = Files.walk(path, DEPTH)) {
            int[] files = new int[1];
            return all.filter(each -> Files.isDirectory(each) || files[0]++ < MOST_FILES)
                    .map(Stamp::line)
                    .sorted()
                    .collect(Collectors.joining("\n"));
        } catch (IOException e) {
            throw UserError.cannot("list " + path, e);
        } catch (UncheckedIOException e) {
            throw UserError.cannot("list " + path, e.getCause());
        }
    }

    private static String line(Path path) {
        try {
            BasicFileAttributes seen = Files.readAttributes(path, BasicFileAttributes.class);
            long bytes = seen.isDirectory() ? 0 : seen.size();
            return path + " " + bytes + " " + seen.lastModifiedTime().to(TimeUnit.NANOSECONDS);
        } catch (IOException e) {
            return path.toString(); // a link to nothing, or just gone
        }
    }
}
