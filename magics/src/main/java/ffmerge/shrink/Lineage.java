package ffmerge.shrink;

import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.adapter.AdapterSettings;
import ffmerge.align.Protocol;
import ffmerge.merge.MergePlan;
import ffmerge.result.Labels;
import ffmerge.study.Saving;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a model came to be: {@code gpt2-novels > merge [[3, 4]] permute first > tune 300 steps}. The log keeps the text.
 *
 * @param source what was loaded
 * @param steps what was done to it since
 */
public record Lineage(String source, List<String> steps) {
    private static final String THEN = " > ";
    private static final Pattern TUNED = Pattern.compile("tune (\\d+) steps");
    private static final Pattern MERGED =
            Pattern.compile("merge (\\[.*\\]) (\\w+) (\\w+)(?: features (\\w+))?(?: protocol (\\w+))?");
    private static final String DROPPED = "drop ";

    public Lineage {
        steps = List.copyOf(steps);
    }

    public static Lineage parse(String text) {
        List<String> parts = Arrays.asList(text.split(THEN));
        return new Lineage(parts.get(0), parts.subList(1, parts.size()));
    }

    /** Of a model's folder: as {@code save} noted it there, else the folder's name. */
    public static Lineage ofFolder(Path folder) {
        Path noted = folder.resolve(Saving.NOTES);
        String name = folder.getFileName().toString();
        if (!Files.isRegularFile(noted)) {
            return new Lineage(name, List.of());
        }
        try {
            return parse(
                    new ObjectMapper().readTree(noted.toFile()).path("model").asText(name));
        } catch (IOException e) {
            return new Lineage(name, List.of()); // somebody else's file of that name
        }
    }

    private Lineage then(String step) {
        List<String> longer = new ArrayList<>(steps);
        longer.add(step);
        return new Lineage(source, longer);
    }

    /**
     * @param groups of layers, each of which became one, in every stack that was merged
     * @param align {@code permute}, {@code none} or {@code random}
     * @param features what was correlated
     */
    public Lineage merged(List<List<Integer>> groups, String align, String anchor, String features, String protocol) {
        return then("merge " + groups + " " + align + " " + anchor
                + (features.equals(MergePlan.Features.UP.label()) ? "" : " features " + features)
                + (protocol.equals(Protocol.OURS.label()) ? "" : " protocol " + protocol));
    }

    public Lineage dropped(List<Integer> layers) {
        return then(DROPPED + layers);
    }

    public Lineage quantized() {
        return then("quantize nf4");
    }

    public Lineage adapted(AdapterSettings settings) {
        return then("adapt " + settings.sharing().label() + " rank " + settings.rank() + " alpha " + settings.alpha()
                + " on " + String.join(",", settings.targets()));
    }

    /** With adapters that were read from a folder. */
    public Lineage adapted(Path folder) {
        return then("adapt from " + folder.getFileName());
    }

    public Lineage folded() {
        return then("fold");
    }

    public Lineage tuned(int steps) {
        return then("tune " + steps + " steps");
    }

    /** Whether sublayers were merged or layers dropped. */
    public boolean isCompressed() {
        return !method().isEmpty();
    }

    /** {@code permute}, {@code none}, {@code random} or {@code drop}, of the last such step; empty for a whole model. */
    public String method() {
        String method = "";
        for (String step : steps) {
            Matcher merged = MERGED.matcher(step);
            method = merged.matches() ? merged.group(2) : step.startsWith(DROPPED) ? "drop" : method;
        }
        return method;
    }

    /** The layers that were merged or dropped, as they are typed: {@code 3-8}. */
    public String layers() {
        List<String> layers = new ArrayList<>();
        for (String step : steps) {
            Matcher merged = MERGED.matcher(step);
            if (merged.matches() || step.startsWith(DROPPED)) {
                String groups = merged.matches() ? merged.group(1) : step.substring(DROPPED.length());
                for (String group : groups.replaceAll("^\\[\\[|\\]\\]$", "").split("\\], \\[")) {
                    layers.add(Labels.layers(
                            Arrays.stream(group.replaceAll("[\\[\\] ]", "").split(","))
                                    .map(Integer::valueOf)
                                    .toList()));
                }
            }
        }
        return String.join(" and ", layers);
    }

    /** The words of the last merge; {@code fallback} where nothing was merged. */
    private String ofMerge(int group, String fallback) {
        String found = fallback;
        for (String step : steps) {
            Matcher merged = MERGED.matcher(step);
            if (merged.matches()) {
                found = merged.group(group) == null ? Protocol.OURS.label() : merged.group(group);
            }
        }
        return found;
    }

    public String anchor() {
        return ofMerge(3, "first");
    }

    public String protocol() {
        return ofMerge(5, Protocol.OURS.label());
    }

    /** Steps of tuning in all. */
    public int tuningSteps() {
        return steps.stream()
                .map(TUNED::matcher)
                .filter(Matcher::matches)
                .mapToInt(m -> Integer.parseInt(m.group(1)))
                .sum();
    }

    @Override
    public String toString() {
        return steps.isEmpty() ? source : source + THEN + String.join(THEN, steps);
    }
}
