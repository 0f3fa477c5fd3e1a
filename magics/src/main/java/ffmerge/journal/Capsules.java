package ffmerge.journal;

import ffmerge.UserError;
import ffmerge.result.Capsule;
import ffmerge.result.HashedFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/** Makes capsules of runs, and checks that what one needs is still as it was. */
public final class Capsules {
    private static final String SEED = "seed";
    private static final int SHOWN_OF_HASH = 12;

    private Capsules() {}

    /**
     * What it takes to do a run again.
     *
     * @param versions of what computed it
     * @param devices of its models
     * @param ended when
     */
    public static Capsule of(Making made, Map<String, String> versions, Map<String, String> devices, String ended) {
        List<Making> line = made.line();
        List<Map<String, Object>> recipe =
                line.stream().map(Making::step).filter(step -> !step.isEmpty()).toList();
        String missing = line.stream()
                .map(Making::unknown)
                .filter(why -> !why.isEmpty())
                .distinct()
                .collect(Collectors.joining("; "));
        Map<String, Object> seeds = new LinkedHashMap<>();
        for (int i = 0; i < recipe.size(); i++) {
            if (recipe.get(i).containsKey(SEED)) {
                seeds.put((i + 1) + " " + command(recipe.get(i)), recipe.get(i).get(SEED));
            }
        }
        return new Capsule(recipe, missing.isEmpty() ? null : missing, seeds, files(line), versions, devices, ended);
    }

    /** The command that a run is done again by: its own, or of a grid's cell the one that measures the same. */
    public static String lastCommand(Capsule capsule) {
        return command(capsule.recipe().get(capsule.recipe().size() - 1));
    }

    static String command(Map<String, Object> step) {
        return step.keySet().iterator().next();
    }

    private static List<HashedFile> files(List<Making> line) {
        Map<List<String>, Set<FileNote>> owners = new LinkedHashMap<>();
        for (Making making : line) {
            for (FileNote note : making.files()) {
                owners.computeIfAbsent(List.of(note.kind(), note.of()), o -> new LinkedHashSet<>())
                        .add(note);
            }
        }
        List<HashedFile> files = new ArrayList<>();
        owners.values().forEach(notes -> files.addAll(FileNote.hashed(List.copyOf(notes))));
        return files;
    }

    /**
     * Makes sure that a run can be done again with what is here.
     *
     * @param notes finds the files of a model or of data, by kind and name; none where they aren't here yet, or can't be
     *     others, as those of a commit of the hub
     * @throws UserError if its recipe isn't complete, or a file here is another than the run's
     */
    public static void requireSame(Capsule capsule, BiFunction<String, String, List<FileNote>> notes) {
        if (capsule.missing() != null) {
            throw new UserError("this run can't be done again: " + capsule.missing());
        }
        Set<List<String>> owners = new LinkedHashSet<>();
        capsule.files().forEach(file -> owners.add(List.of(file.kind(), file.of())));
        for (List<String> owner : owners) {
            List<HashedFile> here = FileNote.hashed(notes.apply(owner.get(0), owner.get(1)));
            capsule.files().stream()
                    .filter(file ->
                            !here.isEmpty() && List.of(file.kind(), file.of()).equals(owner))
                    .forEach(file -> requireSame(file, find(file, here)));
        }
    }

    private static HashedFile find(HashedFile then, List<HashedFile> here) {
        return here.stream()
                .filter(file -> file.file().equals(then.file()))
                .findFirst()
                .orElseThrow(() -> new UserError("the file " + then.label() + " of that run isn't there any more"));
    }

    private static void requireSame(HashedFile then, HashedFile now) {
        if (!then.sha256().isEmpty() && !Objects.equals(then.sha256(), now.sha256())) {
            throw new UserError("the file " + then.label() + " is another than in that run: SHA-256 "
                    + shortened(now.sha256()) + " instead of " + shortened(then.sha256())
                    + "; bring the one back, or run the list under 'recipe' as a recipe of its own");
        }
    }

    /** The begin of a hash, which tells it from others. */
    static String shortened(String sha256) {
        return sha256.length() <= SHOWN_OF_HASH ? sha256 : sha256.substring(0, SHOWN_OF_HASH) + "…";
    }
}
