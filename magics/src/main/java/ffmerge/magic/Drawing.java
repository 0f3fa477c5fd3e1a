package ffmerge.magic;

import ffmerge.plot.Picture;
import ffmerge.view.Html;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;

/**
 * A picture that was drawn, or why it wasn't. A machine without fonts can't draw; a result of an hour's work is not
 * thrown away for that.
 *
 * @param png null where drawing failed
 * @param width in pixels of the page
 * @param description of what it shows, for those who don't see it
 * @param hover HTML that says what its marks are to those who point at them
 * @param problem empty where drawing succeeded
 */
record Drawing(byte[] png, int width, int height, String description, String hover, String problem) {
    /**
     * All drawing is done here: a font that is read makes the JDK clear its thread's interrupt, and the thread of a cell
     * may have been interrupted for a reason.
     */
    private static final ExecutorService THREAD = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "ffmerge-drawing");
        thread.setDaemon(true);
        return thread;
    });

    static Drawing of(Picture picture) {
        return later(() -> of(picture, Picture::png, true)).join();
    }

    /** Less sharp and sooner done. */
    static Drawing draft(Picture picture) {
        return of(picture, Picture::draftPng, false);
    }

    /** Draws while the caller goes on. */
    static <T> CompletableFuture<T> later(Supplier<T> drawing) {
        return CompletableFuture.supplyAsync(drawing, THREAD);
    }

    private static Drawing of(Picture picture, Function<Picture, byte[]> draw, boolean isFinal) {
        try {
            byte[] png = draw.apply(picture);
            return new Drawing(
                    png,
                    picture.width(),
                    picture.height(),
                    picture.description(),
                    isFinal ? Html.hover(png, picture) : "",
                    "");
        } catch (RuntimeException | InternalError | LinkageError e) { // without fonts the JDK throws any of these
            String problem = "The picture could not be drawn (" + e + "); drawing needs fontconfig and a font.";
            return new Drawing(null, 0, 0, "", "", problem);
        }
    }

    boolean isDrawn() {
        return png != null;
    }

    /** @param title what it is of */
    String html(String title) {
        return png == null ? Html.paragraph(problem) : Html.image(png, width, title + " " + description) + hover;
    }

    /** Adds a picture that was drawn, to be shown at its width in pixels of the page. */
    void addTo(DisplayData data) {
        data.putData(MIMEType.IMAGE_PNG, Base64.getEncoder().encodeToString(png));
        data.putMetaData(MIMEType.IMAGE_PNG, Map.of("width", width, "height", height, "alt", description));
    }
}
