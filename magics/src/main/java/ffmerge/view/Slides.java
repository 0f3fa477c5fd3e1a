package ffmerge.view;

import java.util.List;

/**
 * A result in parts.
 *
 * @param all in the order of a slider; empty where a result is looked at as a whole
 * @param first the one to begin with
 */
public record Slides(List<Slide> all, int first) {
    static final Slides NONE = new Slides(List.of(), 0);

    public Slides {
        all = List.copyOf(all);
    }
}
