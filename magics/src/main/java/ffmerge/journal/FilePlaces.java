package ffmerge.journal;

import ffmerge.result.HashedFile;
import ffmerge.result.Run;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a run's own models and data lay, told apart from what they are: two machines, or an archive and what it was made of,
 * have the same files in other folders.
 */
final class FilePlaces {
    /** Names of files by their absolute paths, longest first: one may begin another. */
    private final Map<String, String> names = new LinkedHashMap<>();

    private FilePlaces() {}

    static FilePlaces of(Run run) {
        FilePlaces places = new FilePlaces();
        if (run.capsule() == null) {
            return places;
        }
        List<String> owners = run.capsule().files().stream()
                .map(HashedFile::of)
                .distinct()
                .filter(FilePlaces::isPlace)
                .toList();
        Map<String, String> named = new LinkedHashMap<>();
        for (String owner : owners) {
            String name = Path.of(owner).getFileName().toString();
            // files of one name in two folders stay two
            named.put(owner, named.containsValue(name) ? name + " (" + (named.size() + 1) + ")" : name);
        }
        owners.stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .forEach(owner -> places.names.put(owner, named.get(owner)));
        return places;
    }

    private static boolean isPlace(String owner) {
        return path(owner).isAbsolute() && path(owner).getFileName() != null;
    }

    /** A text without the folders of the run's files: {@code cr.txt} for {@code /home/me/cr.txt}. */
    String without(String text) {
        String bare = text;
        for (Map.Entry<String, String> name : names.entrySet()) {
            if (isTyped(text, name.getKey())) {
                return name.getValue();
            }
            bare = Pattern.compile(Pattern.quote(name.getKey()) + "(?![\\w-])")
                    .matcher(bare)
                    .replaceAll(Matcher.quoteReplacement(name.getValue()));
        }
        return bare;
    }

    /** Whether a text names a file as a user may have typed it, from the working folder. */
    private static boolean isTyped(String text, String place) {
        Path typed = path(text).normalize();
        while (typed.getNameCount() > 1 && typed.startsWith("..")) {
            typed = typed.subpath(1, typed.getNameCount());
        }
        return !typed.toString().isEmpty() && path(place).endsWith(typed);
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            return Path.of(""); // a text that names no file
        }
    }
}
