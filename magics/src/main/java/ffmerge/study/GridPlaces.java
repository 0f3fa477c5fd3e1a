package ffmerge.study;

import ffmerge.align.Calibration;
import ffmerge.journal.Fingerprint;
import ffmerge.result.GridResult;
import ffmerge.result.Labels;
import ffmerge.shrink.Outline;
import ffmerge.shrink.Shrink;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The places of a grid's table: what is to be done in each, planned without any of a model's values. */
final class GridPlaces {
    /**
     * A place in the table.
     *
     * @param size null of ways without sizes
     * @param seed null of a control in which nothing is left to chance
     * @param plan what is done; empty of the unchanged model, and where nothing can be done
     * @param outcome why not; empty where something can
     * @param made a short name of what is done and chosen from
     * @param key of all that the cell depends on; empty where nothing can be done
     */
    record Place(
            String way,
            Double size,
            Integer seed,
            Optional<GridWay.Plan> plan,
            boolean isTuned,
            String outcome,
            String made,
            String key) {
        String line() {
            return way + (size == null ? "" : ", size " + Labels.share(size)) + (seed == null ? "" : ", seed " + seed);
        }
    }

    private final Grid.Settings settings;
    private final Grid.Recovery recovery;
    private final Outline whole;
    private final String print;
    private final String name;

    /**
     * @param name of the model, for messages
     * @param whole of the unchanged model
     * @param print of the model, the data and how both are used, on which all places depend
     */
    GridPlaces(String name, Grid.Settings settings, Grid.Recovery recovery, Outline whole, String print) {
        this.name = name;
        this.settings = settings;
        this.recovery = recovery;
        this.whole = whole;
        this.print = print;
    }

    /** All places, controls first, then way by way, size by size and seed by seed. */
    List<Place> all() {
        List<Place> all = new ArrayList<>();
        all.add(control(GridResult.UNCHANGED, null, false));
        if (recovery.steps() > 0) {
            settings.seeds().forEach(seed -> all.add(control(GridResult.UNCHANGED_TUNED, seed, true)));
        }
        for (GridWay way : settings.ways()) {
            List<Double> sizes = new ArrayList<>();
            if (way.isSized()) {
                sizes.addAll(settings.sizes().shares());
            } else {
                sizes.add(null);
            }
            for (Double size : sizes) {
                settings.seeds().forEach(seed -> all.add(place(way, size, seed)));
            }
        }
        return List.copyOf(all);
    }

    private Place control(String name, Integer seed, boolean isTuned) {
        return new Place(name, null, seed, Optional.empty(), isTuned, "", "", key("", isTuned, seed));
    }

    private Place place(GridWay way, Double size, int seed) {
        long least = size == null ? 0 : settings.sizes().least(size, whole);
        GridWay.Planned planned = way.plan(name, whole, least, seed);
        boolean isTuned = recovery.steps() > 0;
        String made =
                planned.plan().map(plan -> Fingerprint.of(words(plan, seed))).orElse("");
        String key = planned.plan().isPresent() ? key(made, isTuned, seed) : "";
        return new Place(way.words(), size, seed, planned.plan(), isTuned, planned.outcome(), made, key);
    }

    /** All that is done and chosen from, in words. */
    private List<String> words(GridWay.Plan plan, int seed) {
        List<String> words = new ArrayList<>();
        Stream.concat(plan.before().stream(), plan.alternatives().stream())
                .map(shrink -> shrink.step().toString())
                .forEach(words::add);
        Outline outline = whole;
        for (Shrink shrink : plan.before()) {
            outline = shrink.after(outline);
        }
        outline = plan.alternatives().get(0).after(outline);
        for (GridWay.Stage stage : plan.after()) {
            Shrink next = GridWay.only(stage, outline, seed);
            words.add("then " + next.step());
            outline = next.after(outline);
        }
        return words;
    }

    private String key(String made, boolean isTuned, Integer seed) {
        String key = Fingerprint.of(print, made, isTuned ? recovery.key(seed) : "");
        return settings.isTimed() ? Fingerprint.of(key, "timed") : key;
    }

    /** As {@link Grid#notices}. */
    static List<String> notices(List<Place> places, Outline whole, Calibration calibration) {
        Stream<String> missed = places.stream()
                .filter(place -> !place.outcome().isEmpty())
                .map(place -> place.way() + (place.size() == null ? "" : ", size " + Labels.share(place.size())) + ": "
                        + place.outcome());
        Stream<String> told = places.stream()
                .flatMap(place -> place.plan().stream())
                .filter(plan -> plan.before().isEmpty())
                .flatMap(plan -> plan.alternatives().stream())
                .flatMap(shrink -> shrink.notices(whole, calibration.tokens()).stream());
        return Stream.concat(missed, told).distinct().toList();
    }
}
