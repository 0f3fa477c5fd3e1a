package ffmerge.magic.widget;

import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** A slider over pages of HTML, of which the one that it stands at is shown below it. */
public final class SlidePanel {
    /** What an output's data calls a widget. */
    public static final String MIME_TYPE = "application/vnd.jupyter.widget-view+json";

    private final int count;
    private final IntFunction<String> page;
    private final Widget html;
    private int shown;

    private SlidePanel(Comms comms, int count, int first, IntFunction<String> page) {
        this.count = count;
        this.page = page;
        this.shown = first;
        this.html = Widget.open(comms, "HTML", Map.of("value", page.apply(first)));
    }

    /**
     * Opens one in the front end.
     *
     * @param description the slider's name
     * @param count of pages
     * @param first the page to begin with, from 0
     * @param page makes a page when the slider comes by
     * @return what the output holds under {@link #MIME_TYPE}
     */
    public static Map<String, Object> open(
            Comms comms, String description, int count, int first, IntFunction<String> page) {
        SlidePanel panel = new SlidePanel(comms, count, first, page);
        Widget wide = Widget.layout(comms, Map.of("width", "min(100%, 40em)"));
        Widget slider = Widget.open(
                comms,
                "IntSlider",
                Map.of(
                        "description",
                        description,
                        "min",
                        0,
                        "max",
                        count - 1,
                        "value",
                        first,
                        "readout",
                        false, // the page's heading says more than its number
                        "layout",
                        wide.reference()),
                panel::slid);
        return Widget.open(comms, "VBox", Map.of("children", List.of(slider.reference(), panel.html.reference())))
                .view();
    }

    private void slid(Map<String, ?> change) {
        if (!(change.get("value") instanceof Number value)) {
            return;
        }
        int asked = Math.max(0, Math.min(count - 1, value.intValue()));
        if (asked != shown) {
            shown = asked;
            html.set("value", page.apply(asked));
        }
    }
}
