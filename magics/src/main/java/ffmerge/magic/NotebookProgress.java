package ffmerge.magic;

import ffmerge.Counted;
import ffmerge.Progress;
import ffmerge.view.Html;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;

/**
 * Progress as one output of the cell that changes in place: stages that are done, and a bar with rate and time left for
 * the one under way. Work that is done at once shows nothing.
 */
final class NotebookProgress implements Progress {
    private static final long QUIET_NANOS = 400_000_000;
    private static final long BETWEEN_NANOS = 250_000_000;

    private final BaseKernel kernel;
    private final Thread cell = Thread.currentThread();
    private final List<String> done = new ArrayList<>();
    private final long begun = System.nanoTime();
    private String displayId;
    private String shown = "";
    private long lastShown;
    private Running running;

    NotebookProgress(BaseKernel kernel) {
        this.kernel = kernel;
    }

    @Override
    public Stage start(String label, long total, String unit) {
        Running outer = running;
        running = new Running(label, total, unit, outer);
        return running;
    }

    /** Shows how things stand at the end. */
    void finish() {
        if (displayId != null) {
            publish();
        }
    }

    private final class Running implements Stage {
        private final String label;
        private final long total;
        private final String unit;
        private final Running outer;
        private final long start = System.nanoTime();
        private final Pace pace = new Pace();
        private volatile long count;

        Running(String label, long total, String unit, Running outer) {
            this.label = label;
            this.total = total;
            this.unit = unit;
            this.outer = outer;
        }

        @Override
        public void show(long count) {
            this.count = count;
            long now = System.nanoTime();
            pace.note(count, now);
            // other threads may count, but only the cell's own may speak
            if (Thread.currentThread() == cell && now - begun > QUIET_NANOS && now - lastShown > BETWEEN_NANOS) {
                lastShown = now;
                publish();
            }
        }

        @Override
        public void close() {
            running = outer;
            if (outer == null) {
                done.add(label + ": " + Counted.of(count, unit) + " in " + duration(seconds()));
            }
        }

        private double seconds() {
            return (System.nanoTime() - start) / 1e9;
        }

        private String text() {
            StringBuilder text = new StringBuilder(String.format("%s: %,d", label, count));
            if (total > 0) {
                text.append(String.format(" of %,d", total));
            }
            text.append(' ').append(Counted.noun(total > 0 ? total : count, unit));
            pace.perSecond().ifPresent(rate -> {
                text.append(String.format(rate < 10 ? " · %.1f/s" : " · %,.0f/s", rate));
                if (total > count) {
                    text.append(" · ").append(duration((total - count) / rate)).append(" left");
                }
            });
            return text.toString();
        }

        private String html() {
            String bar = total > 0
                    ? "<progress max=\"" + total + "\" value=\"" + count + "\" style=\"width:14em\"></progress> "
                    : "";
            return bar + Html.escape(text());
        }
    }

    private void publish() {
        List<String> lines = new ArrayList<>(done);
        List<String> html = new ArrayList<>(done.stream().map(Html::escape).toList());
        List<Running> stages = new ArrayList<>();
        for (Running stage = running; stage != null; stage = stage.outer) {
            stages.add(0, stage);
        }
        stages.forEach(stage -> lines.add(stage.text()));
        stages.forEach(stage -> html.add(stage.html()));
        String text = String.join("\n", lines);
        if (text.equals(shown)) {
            return;
        }
        shown = text;
        DisplayData data = new DisplayData(text);
        data.putHTML("<div style=\"opacity:.75\">" + String.join("<br>", html) + "</div>");
        if (displayId == null) {
            displayId = UUID.randomUUID().toString();
            data.putTransientData("display_id", displayId);
            kernel.display(data);
        } else {
            kernel.getIO().display.updateDisplay(displayId, data);
        }
    }

    static String duration(double seconds) {
        if (seconds < 10) {
            return String.format("%.1f s", seconds);
        }
        if (seconds < 90) {
            return String.format("%.0f s", seconds);
        }
        long minutes = Math.round(seconds / 60);
        return minutes < 90 ? minutes + " min" : String.format("%d h %d min", minutes / 60, minutes % 60);
    }
}
