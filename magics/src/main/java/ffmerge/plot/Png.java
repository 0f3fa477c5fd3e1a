package ffmerge.plot;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOInvalidTreeException;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Images as files. */
final class Png {
    private static final int PALETTE = 256;

    private Png() {}

    /** @param haste 0 for the smallest file, 1 for the quickest */
    static byte[] encode(BufferedImage image, float haste, double dotsPerInch) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        ImageWriteParam how = writer.getDefaultWriteParam();
        how.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        how.setCompressionQuality(haste);
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try (ImageOutputStream out = new MemoryCacheImageOutputStream(png)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, density(writer, image, how, dotsPerInch)), how);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return png.toByteArray();
    }

    /** How large it is to be printed. */
    private static IIOMetadata density(ImageWriter writer, BufferedImage image, ImageWriteParam how, double dotsPerInch)
            throws IIOInvalidTreeException {
        IIOMetadata metadata = writer.getDefaultImageMetadata(ImageTypeSpecifier.createFromRenderedImage(image), how);
        String perMetre = String.valueOf(Math.round(dotsPerInch / 0.0254));
        IIOMetadataNode density = new IIOMetadataNode("pHYs");
        density.setAttribute("pixelsPerUnitXAxis", perMetre);
        density.setAttribute("pixelsPerUnitYAxis", perMetre);
        density.setAttribute("unitSpecifier", "meter");
        IIOMetadataNode root = new IIOMetadataNode("javax_imageio_png_1.0");
        root.appendChild(density);
        metadata.mergeTree("javax_imageio_png_1.0", root);
        return metadata;
    }

    /**
     * The image in a palette, which takes a third of the room. Of a drawing the most frequent colours, which are the data's,
     * stay as they are; blends at the edges of letters may become the nearest one.
     */
    static BufferedImage indexed(BufferedImage image) {
        int width = image.getWidth();
        int[] pixels = image.getRGB(0, 0, width, image.getHeight(), null, 0, width);
        Map<Integer, int[]> counts = new HashMap<>();
        for (int pixel : pixels) {
            counts.computeIfAbsent(pixel, color -> new int[1])[0]++;
        }
        List<Integer> palette = counts.entrySet().stream()
                .sorted((a, b) -> a.getValue()[0] != b.getValue()[0]
                        ? Integer.compare(b.getValue()[0], a.getValue()[0])
                        : Integer.compare(a.getKey(), b.getKey()))
                .limit(PALETTE)
                .map(Map.Entry::getKey)
                .toList();
        int[] colors = palette.stream().mapToInt(color -> color).toArray();
        IndexColorModel model =
                new IndexColorModel(8, colors.length, colors, 0, false, -1, java.awt.image.DataBuffer.TYPE_BYTE);
        BufferedImage indexed = new BufferedImage(width, image.getHeight(), BufferedImage.TYPE_BYTE_INDEXED, model);
        Map<Integer, Byte> places = new HashMap<>();
        byte[] places1 = ((java.awt.image.DataBufferByte) indexed.getRaster().getDataBuffer()).getData();
        for (int i = 0; i < pixels.length; i++) {
            places1[i] = places.computeIfAbsent(pixels[i], color -> (byte) nearest(color, colors));
        }
        return indexed;
    }

    private static int nearest(int color, int[] colors) {
        int best = 0;
        int least = Integer.MAX_VALUE;
        for (int i = 0; i < colors.length && least > 0; i++) {
            int red = (color >> 16 & 255) - (colors[i] >> 16 & 255);
            int green = (color >> 8 & 255) - (colors[i] >> 8 & 255);
            int blue = (color & 255) - (colors[i] & 255);
            int far = red * red + green * green + blue * blue;
            if (far < least) {
                least = far;
                best = i;
            }
        }
        return best;
    }
}
