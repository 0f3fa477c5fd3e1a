package ffmerge.journal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import ffmerge.Beside;
import ffmerge.FileKind;
import ffmerge.UserError;
import ffmerge.result.Capsule;
import ffmerge.result.HashedFile;
import ffmerge.result.Run;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * A run in a zip file: {@code run.json}, and the user's own models and data beside it, {@code model/1/NAME/…}, {@code
 * data/2/NAME}. Those of the demo and of the hub others have, too.
 */
public final class RunArchive {
    private static final String RUN = "run.json";
    /** Where in the archive what the recipe names by a path lies. */
    private static final String PACKED = "packed";

    private static final long LARGEST_RUN = 64 << 20;

    private RunArchive() {}

    /** Whether a file is an archive by its name. */
    public static boolean isOne(Path file) {
        return file.getFileName() != null
                && file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".zip");
    }

    /**
     * Writes a run that can be done again, in place of a file that is there.
     *
     * @param run as {@link RunFile} writes it in JSON
     * @param files finds those of a model or of data, by kind and name
     * @throws UserError if the file can't be written, or one that the run read is another now
     */
    static void write(Path file, ObjectNode run, Capsule capsule, BiFunction<String, String, Map<String, Path>> files) {
        Capsules.requireSame(capsule, (kind, of) -> FileNote.of(kind, of, files.apply(kind, of)));
        FileKind.requireReplaceable(file);
        Path folder = file.toAbsolutePath().getParent();
        Map<String, Path> entries = new LinkedHashMap<>();
        ObjectNode packed = run.putObject(PACKED);
        for (List<String> owner : owners(capsule)) {
            String of = owner.get(1);
            Path path = Path.of(of);
            if (path.isAbsolute()) {
                String place = owner.get(0) + "/" + (packed.size() + 1) + "/" + path.getFileName();
                boolean isFile = Files.isRegularFile(path);
                files.apply(owner.get(0), of)
                        .forEach((name, each) -> entries.put(isFile ? place : place + "/" + name, each));
                packed.put(of, place);
            }
        }
        try (Beside beside = Beside.of(folder, file.getFileName().toString())) {
            try (OutputStream out = Files.newOutputStream(beside.path());
                    ZipOutputStream zip = new ZipOutputStream(out)) {
                zip.putNextEntry(new ZipEntry(RUN));
                zip.write(run.toPrettyString().getBytes(StandardCharsets.UTF_8));
                for (Map.Entry<String, Path> entry : entries.entrySet()) {
                    zip.putNextEntry(new ZipEntry(entry.getKey().replace('\\', '/')));
                    Files.copy(entry.getValue(), zip);
                }
            }
            Files.move(beside.path(), file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw UserError.cannot("write " + file, e);
        }
    }

    private static List<List<String>> owners(Capsule capsule) {
        return capsule.files().stream()
                .map(file -> List.of(file.kind(), file.of()))
                .distinct()
                .toList();
    }

    /**
     * Reads a run, whose recipe then names what was unpacked.
     *
     * @param folder in which a folder for the run is made, or found
     * @throws UserError if the file is no such archive, or holds what the run doesn't have
     */
    public static Run unpack(Path file, Path folder) {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            ZipEntry entry = zip.getEntry(RUN);
            if (entry == null || entry.getSize() > LARGEST_RUN) {
                throw new UserError(file + " holds no " + RUN + ": it isn't one that runs --export wrote");
            }
            JsonNode root;
            Run run;
            try (InputStream in = zip.getInputStream(entry)) {
                String text = new String(in.readNBytes((int) LARGEST_RUN), StandardCharsets.UTF_8);
                run = RunFile.parse(text)
                        .orElseThrow(() -> new UserError(file + ": its " + RUN + " is no run of ffmerge's"));
                root = RunLog.JSON.readTree(text);
            }
            if (!run.id().matches("[0-9a-f-]{8,36}")) {
                throw new UserError(file + ": '" + run.id() + "' is no id of a run");
            }
            Path target = folder.resolve(run.id());
            Map<String, String> places = new LinkedHashMap<>();
            root.path(PACKED)
                    .properties()
                    .forEach(
                            field -> places.put(field.getKey(), field.getValue().asText()));
            unpack(zip, file, places, run.capsule(), target);
            places.replaceAll((of, place) ->
                    target.resolve(place).toAbsolutePath().normalize().toString());
            return RunFile.parse(moved(root, places).toString()).orElseThrow();
        } catch (ZipException e) {
            throw new UserError(file + " is a damaged zip file, or none", e);
        } catch (IOException e) {
            throw UserError.cannot("read " + file, e);
        }
    }

    private static void unpack(ZipFile zip, Path file, Map<String, String> places, Capsule capsule, Path target)
            throws IOException {
        long left = capsule.files().stream().mapToLong(HashedFile::bytes).sum();
        Enumeration<? extends ZipEntry> entries = zip.entries();
        while (entries.hasMoreElements()) {
            ZipEntry entry = entries.nextElement();
            if (entry.isDirectory() || entry.getName().equals(RUN)) {
                continue;
            }
            Path path = target.resolve(entry.getName()).normalize();
            boolean isOurs = places.values().stream()
                    .map(place -> target.resolve(place).normalize())
                    .anyMatch(place -> !place.equals(target) && place.startsWith(target) && path.startsWith(place));
            left -= Math.max(0, entry.getSize());
            if (!isOurs || left < 0) {
                throw new UserError(file + " holds '" + entry.getName() + "', which its run did not read");
            }
            Files.createDirectories(path.getParent());
            try (InputStream in = zip.getInputStream(entry)) {
                Files.copy(in, path, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** The same with what was unpacked in the places of the paths that it names: in the recipe, the options, the result. */
    private static JsonNode moved(JsonNode node, Map<String, String> places) {
        if (node.isTextual() && places.containsKey(node.asText())) {
            return TextNode.valueOf(places.get(node.asText()));
        }
        if (node instanceof ObjectNode object) {
            object.properties().forEach(field -> field.setValue(moved(field.getValue(), places)));
        }
        if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, moved(array.get(i), places));
            }
        }
        return node;
    }
}
